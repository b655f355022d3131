"""Key figures: a `Campaign` and a `Snapshot` in, every number of the campaign out, each computed once.

`campaign_data` selects videos and readings; the modules beside it compute one kind of figure each; `key_figures` puts
them together. Charts, reports and explorers show these figures and compute none of their own.
"""
