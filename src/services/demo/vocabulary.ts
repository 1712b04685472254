/** The words that demo data is made of. `{asset}`, `{contact}` and `{app}` stand for what the ticket is about. */

export type Words = readonly [string, ...ReadonlyArray<string>]

export const places: Words = [
  "Harbor",
  "Maple Ridge",
  "Northgate",
  "Silver Lake",
  "Oakwood",
  "Riverside",
  "Summit",
  "Bluebird",
  "Granite",
  "Westfield",
  "Cedar Hill",
  "Lakeshore",
  "Pine Valley",
  "Stonebridge",
  "Fairview",
  "Redwood",
  "Eastport",
  "Clearwater",
  "Highland",
  "Brookside",
  "Meadow",
  "Ironworks",
  "Sunrise",
  "Union Square"
]

export const trades: Words = [
  "Dental",
  "Law Group",
  "Accounting",
  "Veterinary Clinic",
  "Architects",
  "Logistics",
  "Insurance",
  "Family Practice",
  "Construction",
  "Realty",
  "Manufacturing",
  "Foods",
  "Credit Union",
  "Academy",
  "Engineering",
  "Outfitters"
]

export const firstNames: Words = [
  "Maria",
  "James",
  "Aisha",
  "Daniel",
  "Mei",
  "Carlos",
  "Hannah",
  "Omar",
  "Julia",
  "Peter",
  "Priya",
  "Lucas",
  "Nadia",
  "Thomas",
  "Grace",
  "Viktor",
  "Elena",
  "Samuel",
  "Ingrid",
  "David",
  "Fatima",
  "Noah",
  "Chloe",
  "Rahul"
]

export const lastNames: Words = [
  "Lopez",
  "Nguyen",
  "Smith",
  "Okafor",
  "Schmidt",
  "Patel",
  "Rossi",
  "Johnson",
  "Kim",
  "Andersen",
  "Brown",
  "Silva",
  "Haddad",
  "Novak",
  "Clark",
  "Moreau",
  "Walker",
  "Tanaka",
  "Fischer",
  "Murphy",
  "Garcia",
  "Cohen",
  "Larsen",
  "Singh"
]

export const jobs: Words = ["Office Manager", "Owner", "Bookkeeper", "Receptionist", "Operations Lead", "IT Contact"]

export const cities: readonly [readonly [string, string, string], ...ReadonlyArray<readonly [string, string, string]>] =
  [
    ["Portland", "OR", "97204"],
    ["Columbus", "OH", "43215"],
    ["Austin", "TX", "78701"],
    ["Madison", "WI", "53703"],
    ["Denver", "CO", "80202"],
    ["Raleigh", "NC", "27601"],
    ["Albany", "NY", "12207"],
    ["Boise", "ID", "83702"]
  ]

export const streets: Words = [
  "Main Street",
  "Oak Avenue",
  "Market Street",
  "Second Avenue",
  "Station Road",
  "Mill Lane"
]

export const apps: Words = [
  "Outlook",
  "Teams",
  "QuickBooks",
  "the VPN",
  "OneDrive",
  "the line-of-business app",
  "Excel"
]

/** What assets there are: type, the start of their tag, and their makes. */
export const equipment: readonly [
  readonly [type: string, tag: string, makes: Words],
  ...ReadonlyArray<readonly [type: string, tag: string, makes: Words]>
] = [
  ["workstation", "WS", ["Dell Latitude 7440", "HP EliteBook 845", "Lenovo ThinkPad T14", "Dell OptiPlex 7010"]],
  ["server", "SRV", ["Dell PowerEdge R450", "HPE ProLiant DL360"]],
  ["printer", "PRN", ["HP LaserJet M507", "Brother HL-L6400", "Xerox VersaLink C405"]],
  ["network_device", "NET", ["FortiGate 60F", "UniFi Switch 48", "Meraki MX68", "Aruba AP-515"]],
  ["mobile_device", "MOB", ["iPhone 15", "Galaxy S24", "iPad Air"]]
]

/** Titles of tickets: of incidents and requests, of planned work, and of what monitoring reports. */
export const titles: readonly [Words, Words, Words] = [
  [
    "{app} keeps asking {contact} for a password",
    "{contact} cannot sign in to {app}",
    "{asset} does not start",
    "{asset} is very slow since this morning",
    "Shared mailbox missing for {contact}",
    "New starter: account and laptop for {contact}",
    "Leaver: disable the account of {contact}",
    "{app} crashes when a file is opened",
    "Suspicious mail reported by {contact}",
    "No sound in meetings on {asset}",
    "{contact} needs access to the finance folder",
    "Cannot print to {asset}",
    "Restore a deleted folder for {contact}",
    "Second monitor not detected on {asset}",
    "{app} licence for {contact}",
    "Wi-Fi drops in the meeting room"
  ],
  [
    "Replace {asset}",
    "Move the file share to SharePoint",
    "Roll out multi-factor sign-in",
    "Upgrade the firmware of {asset}",
    "Migrate mailboxes to Microsoft 365",
    "Quarterly review with {contact}",
    "Cable the new office"
  ],
  [
    "Disk almost full on {asset}",
    "Backup failed on {asset}",
    "{asset} has been offline for 30 minutes",
    "High memory use on {asset}",
    "Antivirus definitions out of date on {asset}",
    "Certificate expires in 14 days on {asset}",
    "Failed sign-ins above threshold on {asset}"
  ]
]

export const outages: Words = [
  "Internet down at the provider's exchange",
  "Microsoft 365 mail delayed",
  "Phone system unreachable",
  "Certificate of the VPN gateway expired"
]

export const reports: Words = [
  "It started this morning and happens every time. Could somebody have a look?",
  "I have restarted twice, no change.",
  "This is holding up the whole team, please call me.",
  "Not urgent, but it would be good to have this by the end of the week.",
  "See the screenshot in my mail."
]

export const replies: Words = [
  "I am looking into it now and will call you within the hour.",
  "Could you tell me the exact message you see?",
  "The change is in place; please sign out and in again.",
  "A replacement is on its way and should be there tomorrow.",
  "I have connected and found the cause; this will take about half an hour."
]

export const notes: Words = [
  "Same as last month's case, see the runbook.",
  "Checked the event log: disk errors since 06:12.",
  "Vendor case opened, waiting for their call.",
  "Client prefers calls after 14:00."
]

export const resolutions: Words = [
  "Cleared the cached credentials and signed in again; works.",
  "Updated the driver and restarted; tested with the user.",
  "Replaced the part, ran the checks, all good.",
  "Access granted and confirmed by the requester.",
  "Freed 40 GB and moved the logs to another volume."
]

export const tags: readonly [readonly [text: string, color: string], ...ReadonlyArray<readonly [string, string]>] = [
  ["email", "#DBEAFE"],
  ["hardware", "#FEF3C7"],
  ["onboarding", "#DCFCE7"],
  ["security", "#FEE2E2"],
  ["network", "#E0E7FF"],
  ["printer", "#F3E8FF"],
  ["vendor", "#FFE4E6"],
  ["recurring", "#E5E7EB"]
]
