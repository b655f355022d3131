"""What creators are owed by the deals of a campaign, as of a day.

`amounts` computes money from views, in decimals. `cutoff_views` finds the views of a video at its cut-off. `assignment`
finds the videos that each deal pays, and `compute_settlement` settles them. `statements` holds the typed results, and
`settlement_tables` the same as frames. `statement_notes` lists what a reader must know, and `adjustments` what changed
since a former settlement. `statement_pages` writes pages in plain words, and `settlement_folder` a folder that can be
checked.
"""
