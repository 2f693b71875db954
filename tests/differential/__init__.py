"""Every path of the RDF engine over random documents, and three judges from elsewhere."""
