"""policies/*.yaml → validated → one compiled bundle. Used by the stacks and the command line, never by a function."""
