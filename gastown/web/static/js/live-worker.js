// One stream for all tabs of a browser: it may open only six connections to a server at once.
const ports = new Set();
let stream = null;
let last = null;

function tell(message) {
  last = message;
  for (const port of ports) port.postMessage(message);
}

function open() {
  if (stream && stream.readyState !== EventSource.CLOSED) return;
  stream = new EventSource("/live");
  for (const name of ["moved", "beat"]) {
    stream.addEventListener(name, (event) => tell(JSON.parse(event.data)));
  }
  // A refusal closes a stream for good: it is opened anew, so that a restart is survived.
  stream.onerror = () => {
    for (const port of ports) port.postMessage({ down: true });
    if (stream.readyState === EventSource.CLOSED) setTimeout(open, 2000);
  };
}

onconnect = (event) => {
  const port = event.ports[0];
  ports.add(port);
  port.onmessage = (said) => {
    if (said.data === "bye") ports.delete(port);
    else {
      ports.add(port);
      if (last) port.postMessage(last);
    }
    if (ports.size === 0) {
      stream?.close();
      stream = null;
      last = null;
    } else open();
  };
  port.start();
  if (last && stream?.readyState === EventSource.OPEN) port.postMessage(last);
  open();
};
