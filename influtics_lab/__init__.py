"""Load, measure, draw and freeze the statistics of the videos you track with Influtics."""
