// How an operation is called from a shell.

export function curl(contract, operation, parameters, body) {
  const path = operation.path.replace(/\{(\w+)\}/g, "1");
  const query = parameters
    .filter((one) => one.in === "query" && one.required)
    .map((one) => `${one.name}=${encodeURIComponent(example(contract, one.schema))}`);
  const address = location.origin + path + (query.length ? `?${query.join("&")}` : "");
  const lines = [operation.method === "get" ? "curl" : `curl -X ${operation.method.toUpperCase()}`];
  if (operation.security.some((one) => "bearer" in one)) lines.push('-H "Authorization: Bearer $TOKEN"');
  for (const one of parameters.filter((one) => one.in === "header" && one.required)) {
    lines.push(`-H '${one.name}: ${example(contract, one.schema)}'`);
  }
  if (body) {
    lines.push("-H 'Content-Type: application/json'", `-d '${JSON.stringify(example(contract, body)).replaceAll("'", "'\\''")}'`);
  }
  return [...lines, `'${address}'`].join(" \\\n  ");
}

// A value that the schema takes, as short as can be.
function example(contract, described, depth = 0) {
  if (described.$ref) return example(contract, contract.components.schemas[described.$ref.split("/").pop()], depth);
  if (described.examples) return described.examples[0];
  if ("default" in described) return described.default;
  if ("const" in described) return described.const;
  if (described.enum) return described.enum[0];
  const choice = described.anyOf ?? described.oneOf ?? described.allOf;
  if (choice && !described.properties) return example(contract, choice[0], depth);
  const type = [described.type].flat()[0];
  if (type === "object" || described.properties) {
    const names = described.required ?? [];
    const known = names.filter((name) => described.properties?.[name]);
    return Object.fromEntries(known.map((name) => [name, example(contract, described.properties[name], depth + 1)]));
  }
  if (type === "array" || described.items || described.else?.items) return [];
  if (type === "integer" || type === "number") return described.minimum ?? 1;
  if (type === "boolean") return true;
  return described.pattern?.includes("Upgrade") ? "" : "text";
}
