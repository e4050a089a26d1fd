"""The portal's static site: the browser's modules bundled, and what partners may see of the policies as JSON."""
