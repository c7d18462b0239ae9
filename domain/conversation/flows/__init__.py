"""The flows, a file each. A state asks, and answers with the next; it never knows a channel."""
