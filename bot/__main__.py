"""`python -m bot` receives Telegram updates; without a bot to receive for, it says so and ends."""


def main() -> None:
    raise SystemExit("This version has no Telegram bot yet; try the phones of `make run` instead.")


if __name__ == "__main__":
    main()
