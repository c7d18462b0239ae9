"""One conversation for every channel: what people say, what we answer, and nothing about how it is shown."""
