"""Recorded traffic against policies: what they would decide on the calls that the access log has."""
