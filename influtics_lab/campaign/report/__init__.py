"""The report of a campaign: page, workbook, pictures and numbers, the same bytes from the same inputs.

In goes a campaign file and one snapshot, or two; out comes a folder. The text of a section is in the template of its
name, ``templates/NAME_section.html.j2``, and what it computes in ``NAME_section.py``. Texts of the client edition are
messages in English, and ``german.toml`` has their German (`influtics_lab.language`); the appendix is in English. A
report is in the language of its own campaign file, also where it is checked, and where the campaign beside it or the
report before it is in another one.

==========================  =========================================================================================
campaign_report             `open_report`, `Report`: the figures, and a method for each section of the two editions
title_and_logo              the client's logo, for the head of the first page
summary_section             facts of the first page: its targets, videos that need review, whom to book again
figure_bases                of which videos each figure is, and why not of the others
cost_explanations           what was spent where amounts cannot be added
best_content_section        which videos are the best and the weakest; `thumbnails` has their pictures
learnings_section           what the data support; `markdown_text` renders the texts of the campaign file
videos_section              the order of the videos
quality_section             missing, hidden, flagged and stale data
changes_section             what changed since an earlier snapshot
provenance_section          settings, versions, the command that makes the report again
report_charts               the pictures, each drawn once
template_rendering          the Jinja2 templates: headings, prose and HTML, and the style sheets of screen and paper
html_document               the sections of an edition as one HTML file that needs nothing else
html_tables                 cells of tables, texts from strangers, numbers of definitions
workbook                    the tables as XLSX, after `workbook_about_sheet` and `workbook_question_sheets`
report_json                 every number as JSON, and which numbers changed
output_files                pages, workbook, numbers and pictures as files in a folder
pdf                         an edition as PDF, with a Chromium; its paper size is in ``templates/paper_and_print.css``
report_inputs               the campaign file with the files that it names, and the snapshots
report_folder, report_lock  the complete report as a folder, with digests of inputs and outputs
report_check                rebuild a report and compare
==========================  =========================================================================================
"""
