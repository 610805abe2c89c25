"""From a URL to what came back: sockets, folders, robots.txt and retries."""
