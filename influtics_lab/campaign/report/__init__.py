"""The report of a campaign: page, workbook, pictures and numbers, the same bytes from the same inputs.

In goes a campaign file and one snapshot, or two; out comes a folder.

=====================  ==============================================================================================
campaign_report        `open_report`, `Report`: the figures, and a method for each section of the page
templates, templates/  Jinja2 templates: headings, prose and HTML of each section
page                   all sections as one HTML file that needs nothing else
cover                  the client's logo and colours
summary_facts          facts of the first page: main target, videos that need review
videos_section         the order of the videos
quality_section        missing, hidden, flagged and stale data
changes_section        what changed since an earlier snapshot
chart_section          the pictures, each drawn once
html_tables            cells of tables, texts from strangers, numbers of definitions
provenance             settings, versions, the command that makes the report again
workbook               the tables as XLSX; `report_facts` is its first sheet
numbers_file           every number as JSON, and which numbers changed
output_files           page, workbook, numbers and pictures as files in a folder
pdf                    the page as PDF, where a Chromium is installed
report_inputs          the campaign file with its links and logo, and the snapshots
build, lock            the complete report as a folder, with digests of inputs and outputs
check                  rebuild a report and compare
=====================  ==============================================================================================
"""
