"""The campaign file: TOML text and the client's sheets are read into a checked `Campaign`.

`model` and `deals` declare the keys and `field_types` their types; the reader and the JSON Schema are made from them.
`parser` reads a file and reports all errors at once; `table_reader` reads its tables, and names line, key, value and
what is allowed. `template` writes a first file. `toml_mistakes` explains errors in TOML, and `toml_lines` finds the
lines of keys. `contradictions` compares keys that are each valid, and `plausibility` finds values that are valid but
probably a mistake.

Sheets are CSV or XLSX. `sheet_cells` reads their cells, `sheet_columns` finds the columns, `sheet_values` reads amounts
and dates, and `sheet_types` holds the results. `link_sheet` reads a list of links (``videos.links_csv``), `plan_sheet`
the client's sheet (``[sheet]``), and `outcome_sheet` what the client counted (``[outcomes]``). `sheet_campaign` adds
the rows of the client's sheet to creators, spend and deals, and `budget` sums what is committed, due and paid.

``[sheet]`` has one row for each post. Names of columns are compared without case, accents, currencies and words such as
net; German names are known, too. A name that only contains a known one is a guess, which ``campaign check`` lists. Of
several columns for one key the likeliest is read; several fees, or several equal names, are an error. Rows of totals,
and rows without a creator, link or fee, are not used, and listed with their lines.

=======================  ==============================================================================================
``link``                 addresses of the videos; one column for each platform is fine; empty, or words: not posted yet
``creator``              names that differ in case, blanks or a leading ``@`` are one creator
``fee``, ``currency``    such as ``1.500,00 EUR``; the currency of the cell, the row, the column's name or ``[sheet]``
``due``                  when the post is due
``payment_due``          when the fee is due; without it when the post is due
``paid``                 a date, or yes or no
``deliverable``, ...     ``tier``, ``platform``, ``notes``: texts
``cpm``, ``tiers``       prices of views: the rows of a creator with equal terms become one deal, as in ``[[deals]]``;
                         tiers are written ``100000: 10.00; 5.00``
``minimum``, ...         ``minimum_rule``, ``cap``, ``budget``: as in ``[[deals]]``; the budget is for the whole deal
``cutoff``               a date, or an age such as ``30d``; without it ``cutoff_date`` or ``cutoff_age`` of ``[sheet]``
=======================  ==============================================================================================

``[outcomes]`` has rows with ``link`` or ``creator`` and ``clicks``, ``codes`` (redeemed), ``orders``, ``revenue``, and
``code``, ``date``, ``currency``. In both tables, ``columns = {fee = "Net fee"}`` names a column that is not recognised.
"""
