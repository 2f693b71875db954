"""The issuer over HTTP: thin routers over the use cases; every route declares who may call it."""
