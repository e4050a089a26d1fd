"""Rules and values. Standard library only; no input, no output; time comes in as microseconds since the epoch."""
