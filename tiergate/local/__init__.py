"""Running Tiergate on this machine: MiniStack as AWS, the real `cdk deploy`, a demo.

`session.up`, `session.down` and `session.status` are what the command line and the end-to-end tests call.
Every fault that a person can mend is a `LocalError`; its text says what was wrong and what to do.
"""
