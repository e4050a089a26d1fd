/** The lines of a `.env` file with an API key; the address where it is good is told with it. */
export function environmentFile(key, gateway, application) {
  const about = application ? [`# ${application.replace(/[\r\n]+/g, " ")}`] : [];
  return [...about, `API_KEY=${key}`, ...(gateway ? [`API_URL=${gateway}`] : []), ""].join("\n");
}

/** A curl line that runs as it is in a POSIX shell. */
export function curlLine(url, key) {
  return `curl -i ${quoted(url)} \\\n  -H ${quoted(`X-Api-Key: ${key}`)}`;
}

function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
