#!/usr/bin/env python3
"""Prints what a Truetape gateway publishes, and never more than once.

    TRUETAPE_TOKEN=... python3 subscribe.py --url http://127.0.0.1:7411 trades.BTC price.ETH

The token is read from the environment: a command line can be seen by every user of the machine.
"""

import argparse
import os
import sys

import socketio


def say(*words):
    try:
        print(*words)
    except BrokenPipeError:
        # Piped into a program that has ended, such as `head`. Only a whole exit ends the library's threads as well; to let
        # the signal do it would also end this program whenever a gateway goes away while it is written to.
        os._exit(1)


class Subscriber:
    """One connection, and the position from which it goes on after a break."""

    def __init__(self, token, channels, rate, count):
        self.token = token
        self.channels = channels
        self.rate = rate
        self.count = count
        self.cursor = None
        self.records = 0
        self.last_seq = {}
        self.is_refused = False
        self.was_connected = False
        self.client = socketio.Client(reconnection_delay=1, reconnection_delay_max=5)
        for event in ("connect", "connect_error", "subscribed", "updates", "resync", "status", "error"):
            self.client.on(event, getattr(self, "on_" + event))

    def auth(self):
        """Asked at every connection: protocol 1, and where the last one ended."""
        auth = {"token": self.token, "protocol": 1}
        if self.cursor is not None:
            auth["cursor"] = self.cursor
        return auth

    def on_connect(self):
        self.was_connected = True
        # What was missed since the cursor comes right after this, and before anything new.
        self.client.emit("subscribe", {"channels": self.channels, "rate": self.rate})

    def on_connect_error(self, refusal):
        # A refusal of the gateway says what to do; without one, nothing answered.
        hint = "does a gateway run at this address?"
        message = refusal.get("message") if isinstance(refusal, dict) else f"{refusal}; {hint}"
        print(f"not connected: {message}", file=sys.stderr)
        if not self.was_connected:
            self.is_refused = True
            self.client.disconnect()

    def on_subscribed(self, answer):
        say("subscribed:", ", ".join(answer["accepted"]) or "nothing")
        for rejected in answer["rejected"]:
            print(f"rejected {rejected['channel']}: {rejected['message']}", file=sys.stderr)
        if not answer["accepted"]:
            self.is_refused = True
            self.client.disconnect()

    def on_updates(self, message):
        self.cursor = message["cursor"]
        for record in message["updates"]:
            self.records += 1
            self.print_record(record)
        if self.count and self.records >= self.count:
            self.client.disconnect()

    def on_resync(self, message):
        """Said once where events are missing for good."""
        self.last_seq.clear()
        say(f"gap ({message['reason']}): {message['message']}")

    def on_status(self, message):
        say(f"{message['status']}: {message['message']}")

    def on_error(self, message):
        error = message["error"]
        print(f"{error['code']}: {error['message']}", file=sys.stderr)

    def print_record(self, record):
        channel, kind = record["channel"], record["type"]
        if kind == "trade_update":
            # Events count up by one: a hole would be a loss, and the gateway says where there is one.
            expected = self.last_seq.get(channel, record["seq"] - 1) + 1
            if record["seq"] != expected:
                print(f"{channel}: expected {expected}, got {record['seq']}", file=sys.stderr)
            self.last_seq[channel] = record["seq"]
            trade = record["trade"]
            say(channel, record["seq"], trade["venue"], trade["side"], trade["price"], trade["size"])
        elif kind == "price_update":
            # A price is worth no more than its status: live, degraded, single, disputed, stale, none.
            say(channel, record["price"]["price"], record["status"], f"{record['ageMs']} ms old")
        elif kind == "orderbook_update":
            bid, ask = (side[0]["price"] if side else None for side in (record["bids"], record["asks"]))
            say(channel, "bid", bid, "ask", ask, record["status"], f"{record['ageMs']} ms old")
        else:
            say(channel, kind, record.get("status", ""))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("channels", nargs="+", help="such as trades.BTC, price.ETH-USDT, orderbook.BTC@okx")
    parser.add_argument("--url", default="http://127.0.0.1:7411")
    parser.add_argument("--rate", type=float, default=2, help="updates of state a second")
    parser.add_argument("--polling", action="store_true", help="where WebSocket is blocked")
    parser.add_argument("--count", type=int, default=0, help="end after so many records")
    options = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)
    token = os.environ.get("TRUETAPE_TOKEN")
    if not token:
        parser.error("set TRUETAPE_TOKEN to an access token, or to the session key of this machine")

    subscriber = Subscriber(token, options.channels, options.rate, options.count)
    try:
        subscriber.client.connect(
            options.url,
            auth=subscriber.auth,
            transports=["polling"] if options.polling else ["websocket"],
            # The library would give a gateway one second to let it in, which is little for a busy one.
            wait=False,
        )
    except socketio.exceptions.ConnectionError:
        return 1
    try:
        # Returns when the gateway ended the connection, or this program did; breaks in between are mended.
        subscriber.client.wait()
    except KeyboardInterrupt:
        subscriber.client.disconnect()
    return 1 if subscriber.is_refused else 0


if __name__ == "__main__":
    sys.exit(main())
