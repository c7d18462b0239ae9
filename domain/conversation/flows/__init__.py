"""The flows: welcome, booking, appointments, tracking, language, help. Each state asks, and answers with the next."""
