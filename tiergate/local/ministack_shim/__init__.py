"""MiniStack with the AWS behaviour that it lacks and Tiergate relies on; docs/local.md lists what is restored.

Runs in `.venv-ministack`, so nothing here imports tiergate: modules import each other relatively, and MiniStack by name
only when it is installed there. Everything hangs on MiniStack's inner functions as they are in the pinned version.
"""
