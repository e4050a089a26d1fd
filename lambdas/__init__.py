"""One folder a function; none imports another."""
