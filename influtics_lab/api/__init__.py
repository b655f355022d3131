"""The service's one endpoint: validated queries, one connection, all pages, and bytes made into frames."""
