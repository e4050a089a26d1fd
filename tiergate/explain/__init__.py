"""Why a value holds, and why a call is let through or refused: told from policies and records that others have read."""
