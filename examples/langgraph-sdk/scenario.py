"""Double-texting with the LangGraph SDK, as its users write it; only the URL is ours.

    python examples/langgraph-sdk/scenario.py http://127.0.0.1:4000

DELAY: seconds between the two messages where the first run is to have said something by then; default 2.
"""

import asyncio
import os
import sys

import httpx
from langgraph_sdk import get_client

DELAY = float(os.environ.get("DELAY", "2"))
SF = {"messages": [{"role": "user", "content": "what's the weather in sf?"}]}
NYC = {"messages": [{"role": "user", "content": "what's the weather in nyc?"}]}


def pretty_print(message):
    padded = f" {message['type']} "
    line = "=" * ((80 - len(padded)) // 2)
    print(f"{line}{padded}{line}{'=' if len(padded) % 2 else ''}")
    print(f"\n{message['content']}\n")


async def print_thread(client, thread_id):
    state = await client.threads.get_state(thread_id)
    for message in state["values"]["messages"]:
        pretty_print(message)


async def interrupt(client):
    """The first run stops; what it had done and said stays."""
    thread = await client.threads.create()
    first = await client.runs.create(thread["thread_id"], "agent", input=SF)
    await asyncio.sleep(DELAY)
    second = await client.runs.create(thread["thread_id"], "agent", input=NYC, multitask_strategy="interrupt")
    await client.runs.join(thread["thread_id"], second["run_id"])
    await print_thread(client, thread["thread_id"])
    print(f"first run: {(await client.runs.get(thread['thread_id'], first['run_id']))['status']}")


async def reject(client):
    """The second run is refused while the first one is unfinished."""
    thread = await client.threads.create()
    first = await client.runs.create(thread["thread_id"], "agent", input=SF)
    try:
        await client.runs.create(thread["thread_id"], "agent", input=NYC, multitask_strategy="reject")
    except httpx.HTTPStatusError as error:
        print(f"Failed to start concurrent run: {error.response.status_code}")
    await client.runs.join(thread["thread_id"], first["run_id"])
    await print_thread(client, thread["thread_id"])


async def enqueue(client):
    """The second run waits for the first."""
    thread = await client.threads.create()
    await client.runs.create(thread["thread_id"], "agent", input=SF)
    second = await client.runs.create(thread["thread_id"], "agent", input=NYC, multitask_strategy="enqueue")
    await client.runs.join(thread["thread_id"], second["run_id"])
    await print_thread(client, thread["thread_id"])


async def rollback(client):
    """The first run is removed with all it did."""
    thread = await client.threads.create()
    first = await client.runs.create(thread["thread_id"], "agent", input=SF)
    second = await client.runs.create(thread["thread_id"], "agent", input=NYC, multitask_strategy="rollback")
    await client.runs.join(thread["thread_id"], second["run_id"])
    await print_thread(client, thread["thread_id"])
    try:
        await client.runs.get(thread["thread_id"], first["run_id"])
    except httpx.HTTPStatusError as error:
        print(f"first run: {error.response.status_code}")


async def main():
    client = get_client(url=sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:4000")
    for scenario in (interrupt, reject, enqueue, rollback):
        print(f"\n# {scenario.__name__}\n", flush=True)
        await scenario(client)


asyncio.run(main())
