"""What subscribers get: typed models in four languages, example clients that are built and run, the AsyncAPI page."""
