"""The verifier: a service provider asks for a presentation and decides by itself what came back."""
