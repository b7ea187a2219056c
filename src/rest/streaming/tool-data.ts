import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';

/** A tool's callback event in the shape of the mode `tools` (protocol.md §3.3); null for every other callback event. */
export function toolData(callback: Json): JsonObject | null {
  if (!isJsonObject(callback)) return null;
  const { event, name } = callback;
  const data = isJsonObject(callback['data']) ? callback['data'] : {};
  const said = { name: name ?? null, ...toolCallId(data) };
  switch (event) {
    case 'on_tool_start':
      return { event, ...said, input: data['input'] ?? null };
    case 'on_tool_end':
      return { event, ...said, output: data['output'] ?? null };
    case 'on_tool_error':
      return { event, ...said, error: data['error'] ?? null };
    default:
      return null;
  }
}

/** Of the call that it was given, or of the message that it gave. */
function toolCallId({ input, output }: JsonObject): { readonly toolCallId?: Json } {
  const message = isJsonObject(output) ? output['tool_call_id'] : undefined;
  const call = isJsonObject(input) ? input['id'] : undefined;
  const id = message ?? call;
  return id === undefined ? {} : { toolCallId: id };
}
