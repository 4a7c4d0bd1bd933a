# SPDX-License-Identifier: GPL-2.0-only
# The work of man/scheduler.sh. Reads `xdpq sched show NAME -j -p`, one key a line,
# then the scheduler's source; writes mdoc.

# Text as roff takes it for text.
function roff(text) {
	gsub(/\\/, "\\e", text)
	return text ~ /^[.']/ ? "\\&" text : text
}

# An argument of a macro: neither a macro itself, nor punctuation, nor several.
function word(text) {
	text = roff(text)
	gsub(/"/, "\\(dq", text)
	gsub(/ /, "\\ ", text)
	return "\\&" text
}

# Lines of a readable length.
function fill(text,    words, n, i, line) {
	n = split(text, words, /[ \t]+/)
	for (i = 1; i <= n; i++) {
		if (line != "" && length(line " " words[i]) > 72) {
			print roff(line)
			line = ""
		}
		line = line (line == "" ? "" : " ") words[i]
	}
	print roff(line)
}

# Every sentence begins a line, as mdoc wants it.
function sentences(text) {
	while (match(text, /[.!?][)]?[ \t]+[A-Z`(]/)) {
		fill(substr(text, 1, RSTART + (substr(text, RSTART + 1, 1) == ")")))
		text = substr(text, RSTART + RLENGTH - 1)
	}
	fill(text)
}

# The tags' one line of help, as a sentence.
function help(text) {
	sub(/[.]$/, "", text)
	sentences(toupper(substr(text, 1, 1)) substr(text, 2) ".")
}

# The text of a JSON string that stands alone on its line.
function value(line) {
	sub(/^[^:]*: "/, "", line)
	sub(/",?$/, "", line)
	gsub(/\\"/, "\"", line)
	gsub(/\\\//, "/", line)
	gsub(/\\\\/, "\\", line)
	return line
}

# What follows a field's name on the command line.
function argument(i,    words, n, j, text) {
	if (field[i, "kind"] == "counter")
		return ""
	if (field[i, "keyed_by"] != "")
		return " Ar " word(toupper(field[i, "keyed_by"]) "=" toupper(field[i, "unit"]) ",...")
	if (field[i, "kind"] != "choice")
		return " Ar " word(toupper(field[i, "unit"]))
	n = split(field[i, "choices"], words, "|")
	for (j = 1; j <= n; j++)
		text = text (j > 1 ? " |" : "") " Cm " word(words[j])
	return text
}

# A table with one value for all keys.
function print_default(text) {
	if (sub(/^default=/, "", text))
		print "The default is\n.Cm " word(text) "\nfor all."
	else
		print "The default is\n.Cm " word(text) " ."
}

function limits(i) {
	if (field[i, "kind"] != "choice")
		print "From " roff(field[i, "min"]) " to " roff(field[i, "max"]) "."
	if (field[i, "default"] == "required")
		print "It has to be given."
	else
		print_default(field[i, "default"])
	if (field[i, "keyed_by"] != "")
		print "How tables are written is in\n.Xr xdpq 8 ."
	if (field[i, "kind"] == "fixed")
		print "It is fixed at attach."
}

function list(set, title, intro,    i) {
	if (!count[set])
		return
	print ".Sh " title "\n" intro
	print ".Bl -tag -width Ds"
	for (i = first[set]; i < first[set] + count[set]; i++) {
		print ".It Cm " word(field[i, "name"]) argument(i)
		help(field[i, "help"])
		if (field[i, "kind"] != "counter")
			limits(i)
		else if (field[i, "count"] > 1)
			print "There are " field[i, "count"] " of them, from 0 on."
		print "Its JSON key is\n.Cm " word(field[i, "key"]) " ."
	}
	print ".El"
}

function synopsis(    i, text) {
	print ".Nm xdpq Cm attach Ar DEV Cm sched " word(name)
	for (i = first["parameters"]; i < first["parameters"] + count["parameters"]; i++) {
		text = "Cm " word(field[i, "name"]) argument(i)
		print (field[i, "default"] == "required" ? "." : ".Op ") text
	}
	if (count["port_options"])
		print ".Op Ar PORT-OPTION VALUE ..."
	print ".Op Cm peer Ar DEV2"
}

function head() {
	print ".\\\" SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause"
	print ".\\\" Made by man/scheduler.sh from bpf/schedulers/" name ".bpf.c: edit that."
	print ".Dd " date
	print ".Dt XDPQ-" toupper(name) " 8"
	print ".Os"
	print ".Sh NAME\n.Nm xdpq-" name
	summary = roff(summary)
	gsub(/"/, "\\(dq", summary)
	print ".Nd " summary
	print ".Sh SYNOPSIS"
	synopsis()
	print ".Sh DESCRIPTION"
}

function tail() {
	list("parameters", "PARAMETERS", "Of this scheduler:")
	list("port_options", "PORT OPTIONS",
	     "Of the port's link clock and packet store, the same for every scheduler:")
	list("counters", "COUNTERS",
	     "Of this scheduler; those of every port are in\n.Xr xdpq 8 :")
	print ".Sh SEE ALSO\n.Xr xdpq 8"
}

# Ends a paragraph of the comment, or a block of lines that stay as they are.
function flush_text() {
	if (text != "") {
		if (begun)
			print ".Pp"
		sentences(text)
	}
	if (lines != "")
		printf ".Bd -literal -offset indent\n%s.Ed\n", lines
	begun = begun || text != "" || lines != ""
	text = lines = ""
}

# Indented lines are such a block: code, a drawing, a table.
function comment(line) {
	sub(/^ \* ?/, "", line)
	sub(/[ \t]+$/, "", line)
	if (line == "") {
		flush_text()
	} else if (line ~ /^[ \t]/) {
		if (text != "")
			flush_text()
		lines = lines roff(line) "\n"
	} else {
		if (lines != "")
			flush_text()
		text = text (text == "" ? "" : " ") line
	}
}

# A number, of which only the count matters.
FILENAME == "-" && /^ *"count": [0-9]+,$/ && set != "" { field[fields, "count"] = $2 + 0 }

# The JSON, on standard input.
FILENAME == "-" && /^ *"summary": / { summary = value($0) }
FILENAME == "-" && /^ *"[a-z_]+": \[$/ { set = $1; gsub(/[":]/, "", set) }
FILENAME == "-" && /^ *"name": / && set != "" {
	fields++
	if (!count[set]++)
		first[set] = fields
}
FILENAME == "-" && /^ *"[a-z_]+": "/ && set != "" {
	key = $1
	gsub(/[":]/, "", key)
	field[fields, key] = value($0)
}
FILENAME == "-" { next }

# The source. Its first line is the license, and the comment comes before all else.
/SPDX-License-Identifier/ { next }
!state && /^\/\*/ {
	state = "comment"
	sub(/^\/\*/, " *")
	head()
}
state == "comment" {
	last = sub(/ *\*\/$/, "")
	comment($0)
}
state == "comment" && last {
	state = "done"
	flush_text()
	tail()
}
!state && NF { state = "none" }

END {
	if (state == "done")
		exit 0
	print "man/scheduler.sh: " name ": no comment at the top says what it is" > "/dev/stderr"
	exit 1
}
