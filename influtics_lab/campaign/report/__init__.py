"""A campaign's report: the page, the workbook, the pictures, and how all of it comes out the same again.

=============  =====================================================================================
opening        `open_report`, `Report`: the figures, and a method for each piece of the page
answer, cover  the first page: whose campaign, when, and the answer in five lines
sections       totals, engagement rates, targets, creators and platforms
spending       what was spent, and what views and engagements cost
listing        every video, and where it stands among others at equal age
doubts         how good the data are, and what that means for the conclusions
changed        what changed since an earlier snapshot
provenance     definitions, snapshot, parameters, versions, the command to run again
illustrations  the pictures, with what is to be seen in words
fragments      cells, tables, notes and pictures as HTML, in which every text is only text
workbook       the tables as XLSX
numbers        every number as JSON, and which of them moved
writing        workbook, numbers and pictures as files in a folder
running, page  the notebook run, and made one page that needs nothing else
pdf            the page as PDF, where a Chromium is installed
making, lock   the whole report as a folder, with the digests of what went in and came out
checking       does it come out the same again
=============  =====================================================================================
"""
