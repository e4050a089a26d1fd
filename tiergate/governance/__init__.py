"""Rules for OpenAPI documents: what they find, what is waived, and what a document is worth."""
