"""Server-drawn pages, in Norwegian bokmål. They work without JavaScript."""
