// A plugin for opencode, from gastown: it runs `agent-event` at the moments of an agent's client.
//
// What the script says at the start of a session and at a prompt is given to the model beside the
// prompt. Sessions of subagents are left alone. Nothing here keeps the client from its work.

import { spawn } from "node:child_process"

const COMMAND = ["/bin/sh", "agent-event", "MOMENT", "FOLDER"]
const PATIENCE_MS = 20000

const run = (moment, payload) =>
  new Promise((done) => {
    const words = COMMAND.map((word) => (word === "MOMENT" ? moment : word))
    const child = spawn(words[0], words.slice(1), { stdio: ["pipe", "pipe", "pipe"] })
    const timer = setTimeout(() => child.kill(), PATIENCE_MS)
    let out = ""
    let err = ""
    child.stdout.on("data", (data) => (out += data))
    child.stderr.on("data", (data) => (err += data))
    child.stdin.on("error", () => {})
    child.on("error", () => done({ status: 0, out: "", err: "" }))
    child.on("close", (status) => {
      clearTimeout(timer)
      done({ status, out, err })
    })
    child.stdin.end(JSON.stringify(payload) + "\n")
  })

export const Gastown = async ({ directory }) => {
  const subagents = new Set()
  const begun = new Set()
  const about = (id, more = {}) => ({ session_id: id, cwd: directory, ...more })

  return {
    event: async ({ event }) => {
      const properties = event.properties ?? {}
      const info = properties.info ?? {}
      if (event.type === "session.created" && info.parentID) subagents.add(info.id)
      const id = properties.sessionID
      if (!id || subagents.has(id)) return
      if (event.type === "session.idle") await run("stop", about(id))
      if (event.type === "session.compacted") await run("compact", about(id))
      if (event.type === "permission.asked" || event.type === "question.asked")
        await run("waiting", about(id, { message: "it asks: " + event.type.split(".")[0] }))
    },

    "chat.message": async (input, output) => {
      const id = input.sessionID
      if (subagents.has(id)) return
      const told = []
      if (!begun.has(id)) {
        begun.add(id)
        told.push((await run("session-start", about(id))).out)
      }
      told.push((await run("prompt", about(id))).out)
      const text = told.filter((one) => one.trim()).join("\n")
      const first = output.parts.find((part) => part.type === "text")
      if (text && first) output.parts.push({ ...first, id: first.id + "gt", text, synthetic: true })
    },

    "tool.execute.before": async (input, output) => {
      if (input.tool !== "bash") return
      const asked = { tool_name: "Bash", tool_input: { command: output.args?.command } }
      const answer = await run("guard", about(input.sessionID, asked))
      if (answer.status === 2) throw new Error(answer.err.trim() || "refused")
    },

    "tool.execute.after": async (input) => {
      if (!subagents.has(input.sessionID)) await run("tool", about(input.sessionID))
    },
  }
}
