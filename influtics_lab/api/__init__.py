"""The service's one endpoint: validate queries, send requests, read all pages, decode answers into frames."""
