"""The command line. Commands translate between people and the libraries; they hold no rule of their own."""
