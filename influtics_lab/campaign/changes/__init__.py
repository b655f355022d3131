"""Changes: the key figures of one campaign over an earlier and a later snapshot in, differences and sentences out."""
