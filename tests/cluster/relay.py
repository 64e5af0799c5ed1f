"""Runs inside the cluster: passes connections on, from ports of this pod to services. Standard library only.

ROUTES='{"8001": "profiles.some-namespace:80"}' python relay.py
"""

import asyncio
import json
import os


async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Bytes from one side to the other, until this side has no more."""
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def listen(port: int, target: str) -> None:
    """Each connection to the port becomes one to the target; where nobody answers it is closed at once."""
    host, _, at = target.rpartition(":")

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.wait_for(asyncio.open_connection(host, int(at)), timeout=5)
        except OSError:
            writer.close()
            return
        await asyncio.gather(pass_on(reader, back), pass_on(there, writer))

    server = await asyncio.start_server(connected, "0.0.0.0", port)
    await server.serve_forever()


async def main() -> None:
    """Until the pod ends."""
    await asyncio.gather(*(listen(int(port), target) for port, target in json.loads(os.environ["ROUTES"]).items()))


if __name__ == "__main__":
    asyncio.run(main())
