// Made by scripts/embed-schemas; change the files in schemas/ and run it again.

/// The texts of the published schemas, byte for byte.
enum ReportSchema {
  /// `schemas/report.schema.json`.
  static let json = #"""
    {
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "$id": "urn:inquest:report:1",
      "title": "Inquest report",
      "description": "What one analysis of TPM attestation evidence has to say. Every key is always there; null means unknown or not applicable.",
      "$ref": "#/$defs/report",
      "$defs": {
        "report": {
          "type": "object",
          "additionalProperties": false,
          "required": ["schema", "verdict", "verdictNow", "level", "caseName", "toolVersion", "reasons", "parameters", "claims", "inputs", "hosts", "measurements", "stores", "origins", "findings", "timeline", "limits"],
          "properties": {
            "schema": { "const": "inquest-report/1" },
            "verdict": { "$ref": "#/$defs/verdict", "description": "That of the worst host; it sets the exit status." },
            "verdictNow": { "$ref": "#/$defs/verdict", "description": "The same for the state at the last capture of each host." },
            "level": { "$ref": "#/$defs/level" },
            "caseName": { "type": "string" },
            "toolVersion": { "type": "string" },
            "reasons": { "$ref": "#/$defs/sentences", "description": "Why, the deciding reason first." },
            "parameters": { "type": "array", "items": { "$ref": "#/$defs/parameter" } },
            "claims": { "type": "array", "items": { "$ref": "#/$defs/claim" }, "description": "What the case says of itself; claims, never proof." },
            "inputs": { "type": "array", "items": { "$ref": "#/$defs/input" } },
            "hosts": { "type": "array", "items": { "$ref": "#/$defs/host" } },
            "measurements": {
              "type": "object",
              "description": "Number of measurements by status, and of those that passed by a class or exemption of the policy only.",
              "required": ["notVerified"],
              "additionalProperties": { "$ref": "#/$defs/count" }
            },
            "stores": { "type": "array", "items": { "$ref": "#/$defs/store" }, "description": "The reference stores that were given, in the order given." },
            "origins": { "type": "array", "items": { "$ref": "#/$defs/origin" }, "description": "Where packages come from; packages and entries refer to these by index." },
            "findings": { "type": "array", "items": { "$ref": "#/$defs/finding" } },
            "timeline": { "type": "array", "items": { "$ref": "#/$defs/event" } },
            "limits": { "$ref": "#/$defs/sentences", "description": "What this evidence cannot show." }
          }
        },
        "verdict": { "enum": ["trusted", "untrusted", "inconclusive"] },
        "level": { "enum": ["l4_ima_all_ok", "l3_ima_pkg_not_security_updates", "l2_ima_pkg_security_updates", "l1_ima_digest_notfound", null] },
        "hash": { "enum": ["sha1", "sha256", "sha384", "sha512", "sm3_256", "sha3_256", "sha3_384", "sha3_512"] },
        "outcome": { "enum": ["passed", "failed", "undetermined", "not-applicable"] },
        "sentences": { "type": "array", "items": { "type": "string" } },
        "text": { "type": ["string", "null"] },
        "hex": { "type": "string", "pattern": "^([0-9a-f]{2})*$" },
        "hexOrNull": { "type": ["string", "null"], "pattern": "^([0-9a-f]{2})*$" },
        "count": { "type": "integer", "minimum": 0 },
        "countOrNull": { "type": ["integer", "null"], "minimum": 0 },
        "counter32": { "type": ["integer", "null"], "minimum": 0, "maximum": 4294967295 },
        "counter64": { "type": ["integer", "null"], "minimum": 0, "maximum": 18446744073709551615 },
        "registers": { "type": "array", "items": { "$ref": "#/$defs/count" } },
        "pair": {
          "type": ["array", "null"],
          "description": "First and last, both included.",
          "items": { "$ref": "#/$defs/count" },
          "minItems": 2,
          "maxItems": 2
        },
        "records": {
          "type": ["object", "null"],
          "description": "Indexes of records from 0, both included.",
          "additionalProperties": false,
          "required": ["first", "last"],
          "properties": { "first": { "$ref": "#/$defs/count" }, "last": { "$ref": "#/$defs/count" } }
        },
        "pcrs": {
          "type": "object",
          "description": "Register values by bank and index.",
          "propertyNames": { "$ref": "#/$defs/hash" },
          "additionalProperties": {
            "type": "object",
            "propertyNames": { "pattern": "^(0|[1-9][0-9]*)$" },
            "additionalProperties": { "$ref": "#/$defs/hex" }
          }
        },
        "parameter": {
          "type": "object",
          "additionalProperties": false,
          "required": ["name", "value"],
          "properties": { "name": { "type": "string" }, "value": { "type": "string" } }
        },
        "claim": {
          "type": "object",
          "additionalProperties": false,
          "required": ["file", "subject", "value"],
          "properties": { "file": { "type": "string" }, "subject": { "type": "string" }, "value": { "type": "string" } }
        },
        "input": {
          "type": "object",
          "additionalProperties": false,
          "required": ["path", "size", "sha256", "kind", "duplicateOf"],
          "properties": {
            "path": { "type": "string", "description": "Relative to the case." },
            "size": { "$ref": "#/$defs/count", "description": "Bytes." },
            "sha256": { "type": ["string", "null"], "pattern": "^[0-9a-f]{64}$", "description": "Null when the file could not be read." },
            "kind": { "type": "string" },
            "duplicateOf": { "$ref": "#/$defs/text", "description": "Path of the first file with the same bytes." }
          }
        },
        "host": {
          "type": "object",
          "additionalProperties": false,
          "required": ["name", "verdict", "verdictNow", "level", "reasons", "boots"],
          "properties": {
            "name": { "type": "string" },
            "verdict": { "$ref": "#/$defs/verdict" },
            "verdictNow": { "$ref": "#/$defs/verdict" },
            "level": { "$ref": "#/$defs/level" },
            "reasons": { "$ref": "#/$defs/sentences" },
            "boots": { "type": "array", "items": { "$ref": "#/$defs/boot" } }
          }
        },
        "boot": {
          "type": "object",
          "additionalProperties": false,
          "required": ["label", "resetCount", "verdict", "verdictNow", "level", "reasons", "reasonsNow", "registers", "captures", "measurements", "owners", "explanations", "signatures", "buffers", "images", "bootReferences", "story", "userSpaceStory"],
          "properties": {
            "label": { "type": "string" },
            "resetCount": { "$ref": "#/$defs/counter32" },
            "verdict": { "$ref": "#/$defs/verdict", "description": "Since the boot began." },
            "verdictNow": { "$ref": "#/$defs/verdict", "description": "For the state at the boot's last capture." },
            "level": { "$ref": "#/$defs/level" },
            "reasons": { "$ref": "#/$defs/sentences" },
            "reasonsNow": { "$ref": "#/$defs/sentences", "description": "Why verdictNow is another one; empty when it is the same." },
            "registers": { "type": "array", "items": { "$ref": "#/$defs/register" } },
            "captures": { "type": "array", "items": { "$ref": "#/$defs/capture" } },
            "measurements": {
              "oneOf": [{ "$ref": "#/$defs/bootMeasurements" }, { "type": "null" }],
              "description": "What the references say of the boot's list; null when no store was given or there is no list."
            },
            "owners": { "type": "array", "items": { "$ref": "#/$defs/owner" }, "description": "Whose records the list holds: the host first, then the others by their first record." },
            "explanations": { "type": "array", "items": { "$ref": "#/$defs/explanation" }, "description": "Lists that do not replay, with what was done to them as far as that can be shown." },
            "signatures": {
              "oneOf": [{ "$ref": "#/$defs/signatures" }, { "type": "null" }],
              "description": "What became of the file signatures in the list; null when it has no place for one."
            },
            "buffers": { "type": "array", "items": { "$ref": "#/$defs/buffer" }, "description": "Measured buffers, decoded, in the order of the list." },
            "images": { "type": "array", "items": { "$ref": "#/$defs/bootImage" }, "description": "What firmware and boot loaders loaded, in the order of the boot's event logs." },
            "bootReferences": { "type": "array", "items": { "$ref": "#/$defs/bootReference" }, "description": "The proven event log beside the reference event logs that fit; empty when none was given or fits." },
            "story": {
              "oneOf": [{ "$ref": "#/$defs/story" }, { "type": "null" }],
              "description": "What booted, told from the log of firmware and loaders of which quotes prove most; null when there is none."
            },
            "userSpaceStory": {
              "oneOf": [{ "$ref": "#/$defs/story" }, { "type": "null" }],
              "description": "What the system measured of its own start, told from a log of user space that goes on where the other ends; null without one."
            }
          }
        },
        "story": {
          "type": "object",
          "additionalProperties": false,
          "required": ["log", "registers", "stages"],
          "properties": {
            "log": { "type": "string", "description": "Path of the event log." },
            "registers": { "enum": ["pcr", "rtmr"], "description": "What the events extend: registers of a TPM, or those of a confidential guest, where 1 to 4 stand for RTMR 0 to 3." },
            "stages": { "type": "array", "items": { "$ref": "#/$defs/bootStage" }, "description": "Stages with events, in the order of a start." }
          }
        },
        "bootStage": {
          "type": "object",
          "additionalProperties": false,
          "required": ["stage", "facts", "events"],
          "properties": {
            "stage": {
              "enum": ["firmware", "platform-configuration", "secure-boot", "drivers", "boot-manager", "boot-loader", "loader-configuration", "kernel", "kernel-command-line", "initrd", "operating-system", "other"]
            },
            "facts": { "type": "array", "items": { "$ref": "#/$defs/bootFact" } },
            "events": { "type": "array", "items": { "$ref": "#/$defs/storyEvent" }, "description": "In the order of the log." }
          }
        },
        "bootFact": {
          "type": "object",
          "additionalProperties": false,
          "required": ["name", "event", "label", "isProven", "value"],
          "properties": {
            "name": { "type": "string" },
            "event": { "$ref": "#/$defs/countOrNull", "description": "The event that says it; null when several do." },
            "label": { "$ref": "#/$defs/binding" },
            "isProven": { "type": "boolean", "description": "A quote of a trusted key proves every event that it rests on." },
            "value": { "type": "string" }
          }
        },
        "storyEvent": {
          "type": "object",
          "additionalProperties": false,
          "required": ["index", "pcr", "type", "label", "rule", "isExtended", "isProven", "summary"],
          "properties": {
            "index": { "$ref": "#/$defs/count" },
            "pcr": { "$ref": "#/$defs/count" },
            "type": { "type": "string", "description": "What the log claims." },
            "label": { "$ref": "#/$defs/binding" },
            "rule": { "type": "string", "description": "What its digest is of." },
            "isExtended": { "type": "boolean", "description": "False for what no register covers." },
            "isProven": { "type": "boolean", "description": "A quote of a trusted key covers the register, and proves the log at least as far as this event." },
            "summary": { "$ref": "#/$defs/text", "description": "What it says; null when there are bytes only." }
          }
        },
        "binding": {
          "enum": ["bound", "partly bound", "unbound", "contradicted"],
          "description": "How far a digest covers what is said."
        },
        "bootReference": {
          "type": "object",
          "additionalProperties": false,
          "required": ["name", "scope", "platform", "isSigned", "bank", "known", "varying", "signers", "unknown", "missing", "registers"],
          "properties": {
            "name": { "type": "string", "description": "Path of the reference as it was read." },
            "scope": { "enum": ["manufacturer", "baseline", "registers"], "description": "A Support RIM (PCR 0 to 3 and 6) or a manifest with events, a boot that the user calls good (all but PCR 10), or values of registers." },
            "platform": { "$ref": "#/$defs/text", "description": "What the manifest says it is for." },
            "isSigned": { "type": "boolean", "description": "A signature with a key that was given vouches for it." },
            "bank": { "type": "string" },
            "known": { "$ref": "#/$defs/count", "description": "Events, or registers, that the reference has." },
            "varying": { "$ref": "#/$defs/count", "description": "Events that it lacks and that may differ between good boots." },
            "signers": { "$ref": "#/$defs/sentences" },
            "unknown": { "type": "array", "items": { "$ref": "#/$defs/referenceEvent" }, "description": "Events that it lacks." },
            "missing": { "type": "array", "items": { "$ref": "#/$defs/referenceEvent" }, "description": "Events of the reference that did not happen." },
            "registers": { "type": "array", "items": { "$ref": "#/$defs/referenceRegister" }, "description": "Quoted registers of which the reference names values." }
          }
        },
        "referenceRegister": {
          "type": "object",
          "additionalProperties": false,
          "required": ["bank", "pcr", "observed", "isReference", "references"],
          "properties": {
            "bank": { "type": "string" },
            "pcr": { "$ref": "#/$defs/count" },
            "observed": { "type": "string", "description": "What the TPM signed." },
            "isReference": { "type": "boolean", "description": "It is one of the reference's values." },
            "references": { "$ref": "#/$defs/sentences", "description": "Values that the reference names; several are alternatives." }
          }
        },
        "referenceEvent": {
          "type": "object",
          "additionalProperties": false,
          "required": ["index", "pcr", "type"],
          "properties": {
            "index": { "$ref": "#/$defs/count" },
            "pcr": { "$ref": "#/$defs/count" },
            "type": { "type": "string", "description": "What the log claims." }
          }
        },
        "owner": {
          "type": "object",
          "description": "One party whose measurements have a verdict of their own.",
          "additionalProperties": false,
          "required": ["kind", "identifier", "name", "image", "pod", "verdict", "verdictNow", "records", "firstRecord", "lastRecord", "badRecordCount", "badRecords", "reasons", "counts", "attributions"],
          "properties": {
            "kind": { "enum": ["host", "container", "pod", "runtime", "departed", "unattributed"] },
            "identifier": { "type": "string", "description": "Unique within the boot." },
            "name": { "$ref": "#/$defs/text", "description": "What people call it, where the inventory says." },
            "image": { "$ref": "#/$defs/text" },
            "pod": { "$ref": "#/$defs/text", "description": "Identifier of the pod that a container is part of." },
            "verdict": { "$ref": "#/$defs/verdict", "description": "Since the boot began." },
            "verdictNow": { "$ref": "#/$defs/verdict", "description": "At the boot's last capture." },
            "records": { "$ref": "#/$defs/count", "description": "Number of records." },
            "firstRecord": { "$ref": "#/$defs/countOrNull" },
            "lastRecord": { "$ref": "#/$defs/countOrNull" },
            "badRecordCount": { "$ref": "#/$defs/count", "description": "Records of unknown or changed code." },
            "badRecords": { "type": "array", "items": { "$ref": "#/$defs/count" }, "description": "Indexes from 0; the first 20." },
            "reasons": { "$ref": "#/$defs/sentences" },
            "counts": { "$ref": "#/$defs/statusCounts", "description": "Records by status; empty where no references were given." },
            "attributions": {
              "type": "array",
              "description": "How its records were told, most records first.",
              "items": {
                "type": "object",
                "additionalProperties": false,
                "required": ["strategy", "certainty", "records"],
                "properties": {
                  "strategy": { "type": "string" },
                  "certainty": { "enum": ["certain", "probable", "possible"] },
                  "records": { "$ref": "#/$defs/count" }
                }
              }
            }
          }
        },
        "explanation": {
          "type": "object",
          "description": "What was done to a list that does not replay.",
          "additionalProperties": false,
          "required": ["file", "quotes", "interval", "intervalReason", "conclusion", "hypotheses"],
          "properties": {
            "file": { "type": "string" },
            "quotes": { "$ref": "#/$defs/sentences", "description": "Quotes whose values no first part of the list gives." },
            "interval": { "$ref": "#/$defs/records", "description": "The narrowest records in which the change lies; null when nothing narrows it." },
            "intervalReason": { "type": "string" },
            "conclusion": { "$ref": "#/$defs/text", "description": "What was done exactly; null when no hypothesis gives the quoted values." },
            "hypotheses": {
              "type": "array",
              "description": "Of lists in the order they were tested, of event logs in a fixed order.",
              "items": {
                "type": "object",
                "additionalProperties": false,
                "required": ["name", "outcome", "candidates", "message"],
                "properties": {
                  "name": { "type": "string" },
                  "outcome": { "enum": ["reproduces", "refuted", "not-exhausted", "not-testable"] },
                  "candidates": { "$ref": "#/$defs/count", "description": "Number that was tried." },
                  "message": { "type": "string" }
                }
              }
            }
          }
        },
        "signatureOutcome": { "enum": ["verified", "verified-by-measured-key", "invalid", "unknown-key", "unsupported", "malformed"] },
        "signatures": {
          "type": "object",
          "additionalProperties": false,
          "required": ["unsignedRecords", "counts", "keys", "faults"],
          "properties": {
            "unsignedRecords": { "$ref": "#/$defs/count", "description": "Records of files without a signature in a template that has a place for one." },
            "counts": {
              "type": "array",
              "items": {
                "type": "object",
                "additionalProperties": false,
                "required": ["outcome", "records"],
                "properties": { "outcome": { "$ref": "#/$defs/signatureOutcome" }, "records": { "$ref": "#/$defs/count" } }
              }
            },
            "keys": {
              "type": "array",
              "items": {
                "type": "object",
                "additionalProperties": false,
                "required": ["identifier", "algorithm", "subject", "source", "isGiven", "records"],
                "properties": {
                  "identifier": { "type": "string", "description": "As signatures name it." },
                  "algorithm": { "type": "string" },
                  "subject": { "$ref": "#/$defs/text" },
                  "source": { "type": "string", "description": "A path given from outside, or the record that measured it." },
                  "isGiven": { "type": "boolean", "description": "Given from outside the case." },
                  "records": { "$ref": "#/$defs/count", "description": "Records whose signature it verifies." }
                }
              }
            },
            "faults": {
              "type": "array",
              "description": "Signatures that did not verify; the first 200.",
              "items": {
                "type": "object",
                "additionalProperties": false,
                "required": ["record", "path", "outcome", "message"],
                "properties": {
                  "record": { "$ref": "#/$defs/count" },
                  "path": { "type": "string" },
                  "outcome": { "$ref": "#/$defs/signatureOutcome" },
                  "message": { "type": "string" }
                }
              }
            }
          }
        },
        "bootImage": {
          "type": "object",
          "additionalProperties": false,
          "required": ["file", "record", "register", "type", "path", "algorithm", "digest", "digestOf", "isProven", "status", "reason", "package", "signers", "sbat"],
          "properties": {
            "file": { "type": "string", "description": "The event log." },
            "record": { "$ref": "#/$defs/count" },
            "register": { "$ref": "#/$defs/count" },
            "type": { "type": "string", "description": "Name of the event's type: a claim of the log." },
            "path": { "$ref": "#/$defs/text", "description": "Device path: a claim of the log." },
            "algorithm": { "type": "string" },
            "digest": { "type": "string", "pattern": "^[0-9a-f]+$", "description": "The digest that decided." },
            "digestOf": { "enum": ["authenticode", "file"], "description": "The image as Authenticode hashes it, or the content of a file that a loader read." },
            "isProven": { "type": "boolean", "description": "A quote proves the digest." },
            "status": { "enum": ["revoked", "unknown", "superseded", "known", "firmware", "not-assessed"] },
            "reason": { "type": "string" },
            "package": {
              "oneOf": [
                {
                  "type": "object",
                  "additionalProperties": false,
                  "required": ["name", "version", "architecture", "format", "path", "store", "standing"],
                  "properties": {
                    "name": { "type": "string" },
                    "version": { "type": "string" },
                    "architecture": { "type": "string" },
                    "format": { "type": "string" },
                    "path": { "type": "string" },
                    "store": { "type": "string" },
                    "standing": { "type": "string" }
                  }
                },
                { "type": "null" }
              ]
            },
            "signers": { "$ref": "#/$defs/sentences", "description": "Who signed the image, as its package has it." },
            "sbat": { "$ref": "#/$defs/sentences", "description": "Component and generation of each SBAT entry, as its package has it." }
          }
        },
        "buffer": {
          "type": "object",
          "additionalProperties": false,
          "required": ["record", "kind", "name", "fields"],
          "properties": {
            "record": { "$ref": "#/$defs/count" },
            "kind": { "type": "string", "description": "For example `key`, `kexec-cmdline`, `selinux-state`, `device-mapper`, `kernel-version`, `ima-policy`, `other`." },
            "name": { "type": "string" },
            "fields": {
              "type": "array",
              "items": {
                "type": "object",
                "additionalProperties": false,
                "required": ["name", "value"],
                "properties": { "name": { "type": "string" }, "value": { "type": "string" } }
              }
            }
          }
        },
        "status": {
          "enum": ["unknown", "changed", "not-assessable", "superseded", "known-elsewhere", "known", "recomputed", "classed", "exempt", "empty-file", "violation", "not-a-file"]
        },
        "statusCounts": {
          "type": "array",
          "items": {
            "type": "object",
            "additionalProperties": false,
            "required": ["status", "records"],
            "properties": { "status": { "$ref": "#/$defs/status" }, "records": { "$ref": "#/$defs/count" } }
          }
        },
        "bootMeasurements": {
          "type": "object",
          "additionalProperties": false,
          "required": ["file", "asOf", "initramfsRecords", "omittedEntries", "omittedRuns", "levelReasons", "counts", "passed", "packages", "entries", "runs"],
          "properties": {
            "file": { "type": "string", "description": "The list that was appraised: the boot's longest." },
            "asOf": { "$ref": "#/$defs/text", "description": "RFC 3339; decides what is superseded. Null when version order alone decides." },
            "initramfsRecords": { "$ref": "#/$defs/countOrNull", "description": "Records made while the initramfs was the root file system; null when the list does not tell." },
            "omittedEntries": { "$ref": "#/$defs/count", "description": "Entries that are left out of `entries`." },
            "omittedRuns": { "$ref": "#/$defs/count", "description": "Runs that are left out at the end of `runs`." },
            "levelReasons": { "$ref": "#/$defs/sentences", "description": "The records that set the level." },
            "counts": { "$ref": "#/$defs/statusCounts", "description": "Records by status." },
            "passed": {
              "type": "array",
              "description": "Classes and exemptions of the policy that let records pass: counted, not verified.",
              "items": {
                "type": "object",
                "additionalProperties": false,
                "required": ["name", "isExemption", "records", "reason"],
                "properties": {
                  "name": { "type": "string" },
                  "isExemption": { "type": "boolean" },
                  "records": { "$ref": "#/$defs/count" },
                  "reason": { "type": "string" }
                }
              }
            },
            "packages": { "type": "array", "items": { "$ref": "#/$defs/package" }, "description": "Packages that explain or own measured files." },
            "entries": { "type": "array", "items": { "$ref": "#/$defs/entry" }, "description": "Every content that is not plainly known, unknown and changed code first." },
            "runs": { "$ref": "#/$defs/statusCounts", "description": "Runs of records of one status along the list, from record 0." }
          }
        },
        "package": {
          "type": "object",
          "additionalProperties": false,
          "required": ["format", "name", "version", "architecture", "distribution", "origin", "supersededBy", "counts"],
          "properties": {
            "format": { "enum": ["deb", "rpm", "list", "image"] },
            "name": { "type": "string" },
            "version": { "type": "string" },
            "architecture": { "type": "string" },
            "distribution": { "type": "string" },
            "origin": { "$ref": "#/$defs/count", "description": "Index into `origins` of the report." },
            "supersededBy": { "oneOf": [{ "$ref": "#/$defs/newerVersion" }, { "type": "null" }] },
            "counts": { "$ref": "#/$defs/statusCounts", "description": "Records by status." }
          }
        },
        "newerVersion": {
          "type": "object",
          "additionalProperties": false,
          "required": ["version", "type", "date", "advisory"],
          "properties": {
            "version": { "type": "string" },
            "type": { "enum": ["newpackage", "testing", "release", "enhancement", "updates", "bugfix", "security", "unknown"] },
            "date": { "$ref": "#/$defs/text", "description": "RFC 3339; null where nobody says." },
            "advisory": { "$ref": "#/$defs/text" }
          }
        },
        "entry": {
          "type": "object",
          "description": "One measured content under one path.",
          "additionalProperties": false,
          "required": ["status", "class", "path", "digest", "recordCount", "package", "origin", "digestOrigin", "packagedPath", "rule", "passedBy", "after", "before", "records", "reason", "expected", "alsoIn", "supersededBy"],
          "properties": {
            "status": { "$ref": "#/$defs/status" },
            "class": { "enum": ["code", "configuration", "data"] },
            "path": { "type": "string" },
            "digest": { "type": "string", "description": "Algorithm, a colon, hexadecimal digits; empty when the record has none." },
            "recordCount": { "$ref": "#/$defs/count" },
            "package": { "$ref": "#/$defs/text", "description": "Name and version of the package that explains or owns it." },
            "origin": { "$ref": "#/$defs/countOrNull", "description": "Index into `origins` of the report." },
            "digestOrigin": { "enum": ["payload", "header", "list", "system-record", null], "description": "Who computed the digest that matched." },
            "packagedPath": { "$ref": "#/$defs/text", "description": "The path in the package where it differs." },
            "rule": { "enum": ["same", "merged-usr", "unpacking", "initramfs", "new-root", "container", "linked-folder", "package-file", null], "description": "The rule by which the paths are the same." },
            "passedBy": { "$ref": "#/$defs/text", "description": "Class or exemption that let it pass." },
            "after": { "$ref": "#/$defs/text", "description": "The last quote before the first record." },
            "before": { "$ref": "#/$defs/text", "description": "The first quote after the first record." },
            "records": { "type": "array", "items": { "$ref": "#/$defs/count" }, "description": "Indexes from 0; the first 20." },
            "reason": { "type": "string", "description": "How class and status were told." },
            "expected": { "$ref": "#/$defs/sentences", "description": "Digests that the owner's versions have there." },
            "alsoIn": { "$ref": "#/$defs/sentences", "description": "Other packages with the same content." },
            "supersededBy": { "oneOf": [{ "$ref": "#/$defs/newerVersion" }, { "type": "null" }] }
          }
        },
        "store": {
          "type": "object",
          "additionalProperties": false,
          "required": ["name", "digest"],
          "properties": { "name": { "type": "string" }, "digest": { "$ref": "#/$defs/hex", "description": "Logical digest." } }
        },
        "origin": {
          "type": "object",
          "additionalProperties": false,
          "required": ["store", "standing", "detail", "sources"],
          "properties": {
            "store": { "type": "string" },
            "standing": { "enum": ["signed", "unsigned", "refused"] },
            "detail": { "$ref": "#/$defs/text", "description": "The signer, or why it was refused." },
            "sources": { "type": "array", "items": { "$ref": "#/$defs/source" }, "description": "The source first, then what vouches for it." }
          }
        },
        "source": {
          "type": "object",
          "additionalProperties": false,
          "required": ["kind", "path", "sha256", "date", "signatures"],
          "properties": {
            "kind": { "type": "string" },
            "path": { "type": "string" },
            "sha256": { "$ref": "#/$defs/hex" },
            "date": { "$ref": "#/$defs/text" },
            "signatures": { "$ref": "#/$defs/sentences" }
          }
        },
        "register": {
          "type": "object",
          "additionalProperties": false,
          "required": ["bank", "index", "observed", "calculated", "state", "quote", "log", "meaning"],
          "properties": {
            "bank": { "$ref": "#/$defs/hash" },
            "index": { "$ref": "#/$defs/count" },
            "observed": { "$ref": "#/$defs/hexOrNull", "description": "What the TPM signed." },
            "calculated": { "$ref": "#/$defs/hexOrNull", "description": "What the logs replay to." },
            "state": { "enum": ["matches", "mismatch", "at-reset", "unexplained", "not-quoted"] },
            "quote": { "$ref": "#/$defs/text" },
            "log": { "$ref": "#/$defs/text" },
            "meaning": { "$ref": "#/$defs/text", "description": "What a value says that no log explains." }
          }
        },
        "capture": {
          "type": "object",
          "additionalProperties": false,
          "required": ["name", "collectedAt", "quotes", "logs", "snapshots"],
          "properties": {
            "name": { "type": "string" },
            "collectedAt": { "$ref": "#/$defs/text", "description": "RFC 3339; the collector's word." },
            "quotes": { "type": "array", "items": { "$ref": "#/$defs/quote" } },
            "logs": { "type": "array", "items": { "$ref": "#/$defs/log" } },
            "snapshots": { "type": "array", "items": { "$ref": "#/$defs/snapshot" } }
          }
        },
        "snapshot": {
          "type": "object",
          "additionalProperties": false,
          "required": ["file", "pcrs"],
          "properties": { "file": { "type": "string" }, "pcrs": { "$ref": "#/$defs/pcrs" } }
        },
        "quote": {
          "type": "object",
          "additionalProperties": false,
          "required": ["file", "kind", "signatureFile", "registerFile", "scheme", "saltLength", "hash", "nonce", "resetCount", "restartCount", "clock", "safe", "firmwareVersion", "pcrDigest", "pcrsFrom", "key", "selection", "pcrs", "checks", "checkDetails"],
          "properties": {
            "file": { "type": "string" },
            "kind": { "enum": ["quote", "certify", "time", "nv", "other", "malformed"] },
            "signatureFile": { "$ref": "#/$defs/text" },
            "registerFile": { "$ref": "#/$defs/text" },
            "scheme": { "$ref": "#/$defs/text" },
            "saltLength": { "$ref": "#/$defs/countOrNull", "description": "Bytes." },
            "hash": { "$ref": "#/$defs/text" },
            "nonce": { "$ref": "#/$defs/hexOrNull" },
            "resetCount": { "$ref": "#/$defs/counter32" },
            "restartCount": { "$ref": "#/$defs/counter32" },
            "clock": { "$ref": "#/$defs/counter64", "description": "Milliseconds." },
            "safe": { "type": ["boolean", "null"] },
            "firmwareVersion": { "$ref": "#/$defs/counter64" },
            "pcrDigest": { "$ref": "#/$defs/hexOrNull" },
            "pcrsFrom": { "enum": ["pcr-file", "replay", null] },
            "key": { "oneOf": [{ "$ref": "#/$defs/key" }, { "type": "null" }] },
            "selection": { "type": "array", "items": { "$ref": "#/$defs/selected" } },
            "pcrs": { "$ref": "#/$defs/pcrs" },
            "checks": {
              "type": "object",
              "additionalProperties": false,
              "required": ["signature", "structure", "nonce", "key", "pcrDigest"],
              "properties": {
                "signature": { "$ref": "#/$defs/outcome" },
                "structure": { "$ref": "#/$defs/outcome" },
                "nonce": { "$ref": "#/$defs/outcome" },
                "key": { "$ref": "#/$defs/outcome" },
                "pcrDigest": { "$ref": "#/$defs/outcome" }
              }
            },
            "checkDetails": { "type": "array", "items": { "$ref": "#/$defs/checkDetail" } }
          }
        },
        "selected": {
          "type": "object",
          "additionalProperties": false,
          "required": ["bank", "registers"],
          "properties": { "bank": { "type": "string" }, "registers": { "$ref": "#/$defs/registers" } }
        },
        "key": {
          "type": "object",
          "additionalProperties": false,
          "required": ["name", "fingerprint", "algorithm", "certificate", "files"],
          "properties": {
            "name": { "$ref": "#/$defs/hexOrNull", "description": "TPM name." },
            "fingerprint": { "$ref": "#/$defs/hex", "description": "SHA-256 of the DER SubjectPublicKeyInfo." },
            "algorithm": { "type": "string" },
            "certificate": { "$ref": "#/$defs/text", "description": "Subject." },
            "files": { "$ref": "#/$defs/sentences" }
          }
        },
        "checkDetail": {
          "type": "object",
          "additionalProperties": false,
          "required": ["check", "part", "outcome", "message", "expected", "actual"],
          "properties": {
            "check": { "enum": ["signature", "structure", "nonce", "key", "pcrDigest"] },
            "part": { "$ref": "#/$defs/text", "description": "Null for the whole check." },
            "outcome": { "$ref": "#/$defs/outcome" },
            "message": { "type": "string" },
            "expected": { "$ref": "#/$defs/text" },
            "actual": { "$ref": "#/$defs/text" }
          }
        },
        "log": {
          "type": "object",
          "additionalProperties": false,
          "required": ["file", "kind", "format", "records", "prefixOf", "copyOf", "provenRecords", "violations", "bootAggregate", "matches", "brackets"],
          "properties": {
            "file": { "type": "string" },
            "kind": { "enum": ["tcg-event-log", "ima-list"] },
            "format": { "type": "string" },
            "records": { "$ref": "#/$defs/count" },
            "prefixOf": { "$ref": "#/$defs/text" },
            "copyOf": { "$ref": "#/$defs/text" },
            "provenRecords": { "$ref": "#/$defs/countOrNull" },
            "violations": { "type": "array", "items": { "$ref": "#/$defs/count" } },
            "bootAggregate": { "$ref": "#/$defs/text" },
            "matches": { "type": "array", "items": { "$ref": "#/$defs/match" } },
            "brackets": { "type": "array", "items": { "$ref": "#/$defs/bracket" } }
          }
        },
        "match": {
          "type": "object",
          "additionalProperties": false,
          "required": ["quote", "against", "outcome", "bank", "records", "pcrs", "mismatching", "range", "note"],
          "properties": {
            "quote": { "$ref": "#/$defs/text", "description": "A signed quote; else `against` names an unsigned register file." },
            "against": { "$ref": "#/$defs/text" },
            "outcome": { "enum": ["complete", "prefix", "mismatch", "ends-before-quote", "not-quoted"] },
            "bank": { "$ref": "#/$defs/hash" },
            "records": { "$ref": "#/$defs/countOrNull", "description": "A count: the smallest number of records from the start that fits." },
            "pcrs": { "$ref": "#/$defs/registers" },
            "mismatching": { "$ref": "#/$defs/registers" },
            "range": { "$ref": "#/$defs/pair", "description": "Smallest and largest count that fits." },
            "note": { "$ref": "#/$defs/text" }
          }
        },
        "bracket": {
          "type": "object",
          "additionalProperties": false,
          "required": ["after", "before", "records"],
          "properties": {
            "after": { "$ref": "#/$defs/text" },
            "before": { "$ref": "#/$defs/text" },
            "records": { "$ref": "#/$defs/records" }
          }
        },
        "finding": {
          "type": "object",
          "additionalProperties": false,
          "required": ["code", "severity", "effect", "host", "boot", "capture", "file", "offset", "record", "range", "message", "expected", "actual"],
          "properties": {
            "code": { "type": "string", "pattern": "^[a-z]+\\.[a-z0-9-]+$" },
            "severity": { "enum": ["critical", "warning", "notice", "info"] },
            "effect": { "enum": ["untrusted", "inconclusive", "none"] },
            "host": { "$ref": "#/$defs/text" },
            "boot": { "$ref": "#/$defs/text" },
            "capture": { "$ref": "#/$defs/text" },
            "file": { "$ref": "#/$defs/text" },
            "offset": { "$ref": "#/$defs/countOrNull", "description": "Bytes from the start of the file." },
            "record": { "$ref": "#/$defs/countOrNull", "description": "Index from 0." },
            "range": { "$ref": "#/$defs/pair", "description": "Indexes from 0." },
            "message": { "type": "string" },
            "expected": { "$ref": "#/$defs/text" },
            "actual": { "$ref": "#/$defs/text" }
          }
        },
        "event": {
          "type": "object",
          "additionalProperties": false,
          "required": ["host", "boot", "kind", "notBeforeClock", "notAfterClock", "notBefore", "notAfter", "file", "records", "message"],
          "properties": {
            "host": { "type": "string" },
            "boot": { "type": "string" },
            "kind": { "enum": ["quote", "measurements", "reset", "resume", "kernel", "clock-gap", "changed", "unknown", "superseded", "known-elsewhere", "restored"] },
            "notBeforeClock": { "$ref": "#/$defs/counter64", "description": "Milliseconds of the TPM's clock." },
            "notAfterClock": { "$ref": "#/$defs/counter64" },
            "notBefore": { "$ref": "#/$defs/text", "description": "RFC 3339; the collector's word." },
            "notAfter": { "$ref": "#/$defs/text" },
            "file": { "$ref": "#/$defs/text" },
            "records": { "$ref": "#/$defs/records" },
            "message": { "type": "string" }
          }
        }
      }
    }

    """#

  /// `schemas/report.xsd`.
  static let xsd = #"""
    <?xml version="1.0" encoding="UTF-8"?>
    <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:inquest:report:1" targetNamespace="urn:inquest:report:1" elementFormDefault="qualified" version="1">
      <xs:annotation>
        <xs:documentation>What one analysis of TPM attestation evidence has to say: the content of report.json, under the same names. What is unknown or not applicable is left out.</xs:documentation>
      </xs:annotation>

      <xs:element name="report" type="Report"/>

      <xs:complexType name="Report">
        <xs:sequence>
          <xs:element name="reasons" type="Reasons"/>
          <xs:element name="parameters">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="parameter" type="Parameter" minOccurs="0" maxOccurs="unbounded"/>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
          <xs:element name="claims">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="claim" type="Claim" minOccurs="0" maxOccurs="unbounded"/>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
          <xs:element name="inputs">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="input" type="Input" minOccurs="0" maxOccurs="unbounded"/>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
          <xs:element name="hosts">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="host" type="Host" minOccurs="0" maxOccurs="unbounded"/>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
          <xs:element name="measurements" type="Measurements"/>
          <xs:element name="stores">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="store" type="Store" minOccurs="0" maxOccurs="unbounded"/>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
          <xs:element name="origins">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="origin" type="Origin" minOccurs="0" maxOccurs="unbounded"/>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
          <xs:element name="findings">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="finding" type="Finding" minOccurs="0" maxOccurs="unbounded"/>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
          <xs:element name="timeline">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="event" type="Event" minOccurs="0" maxOccurs="unbounded"/>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
          <xs:element name="limits">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="limit" type="xs:string" minOccurs="0" maxOccurs="unbounded"/>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
        </xs:sequence>
        <xs:attribute name="schema" type="xs:string" use="required" fixed="inquest-report/1"/>
        <xs:attribute name="verdict" type="Verdict" use="required"/>
        <xs:attribute name="verdictNow" type="Verdict" use="required"/>
        <xs:attribute name="level" type="Level"/>
        <xs:attribute name="caseName" type="xs:string" use="required"/>
        <xs:attribute name="toolVersion" type="xs:string" use="required"/>
      </xs:complexType>

      <!-- Words and numbers -->

      <xs:simpleType name="Verdict">
        <xs:restriction base="xs:string">
          <xs:enumeration value="trusted"/>
          <xs:enumeration value="untrusted"/>
          <xs:enumeration value="inconclusive"/>
        </xs:restriction>
      </xs:simpleType>

      <xs:simpleType name="Level">
        <xs:restriction base="xs:string">
          <xs:enumeration value="l4_ima_all_ok"/>
          <xs:enumeration value="l3_ima_pkg_not_security_updates"/>
          <xs:enumeration value="l2_ima_pkg_security_updates"/>
          <xs:enumeration value="l1_ima_digest_notfound"/>
        </xs:restriction>
      </xs:simpleType>

      <xs:simpleType name="Hash">
        <xs:restriction base="xs:string">
          <xs:enumeration value="sha1"/>
          <xs:enumeration value="sha256"/>
          <xs:enumeration value="sha384"/>
          <xs:enumeration value="sha512"/>
          <xs:enumeration value="sm3_256"/>
          <xs:enumeration value="sha3_256"/>
          <xs:enumeration value="sha3_384"/>
          <xs:enumeration value="sha3_512"/>
        </xs:restriction>
      </xs:simpleType>

      <xs:simpleType name="Outcome">
        <xs:restriction base="xs:string">
          <xs:enumeration value="passed"/>
          <xs:enumeration value="failed"/>
          <xs:enumeration value="undetermined"/>
          <xs:enumeration value="not-applicable"/>
        </xs:restriction>
      </xs:simpleType>

      <xs:simpleType name="CheckName">
        <xs:restriction base="xs:string">
          <xs:enumeration value="signature"/>
          <xs:enumeration value="structure"/>
          <xs:enumeration value="nonce"/>
          <xs:enumeration value="key"/>
          <xs:enumeration value="pcrDigest"/>
        </xs:restriction>
      </xs:simpleType>

      <xs:simpleType name="Hex">
        <xs:restriction base="xs:string">
          <xs:pattern value="([0-9a-f]{2})*"/>
        </xs:restriction>
      </xs:simpleType>

      <xs:simpleType name="Count">
        <xs:restriction base="xs:unsignedLong"/>
      </xs:simpleType>

      <xs:simpleType name="Counts">
        <xs:list itemType="Count"/>
      </xs:simpleType>

      <!-- First and last, both included; of records, indexes from 0. -->
      <xs:complexType name="Bounds">
        <xs:attribute name="first" type="Count" use="required"/>
        <xs:attribute name="last" type="Count" use="required"/>
      </xs:complexType>

      <xs:complexType name="Reasons">
        <xs:sequence>
          <xs:element name="reason" type="xs:string" minOccurs="0" maxOccurs="unbounded"/>
        </xs:sequence>
      </xs:complexType>

      <!-- Register values by bank and index -->
      <xs:complexType name="Registers">
        <xs:sequence>
          <xs:element name="bank" minOccurs="0" maxOccurs="unbounded">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="pcr" minOccurs="0" maxOccurs="unbounded">
                  <xs:complexType>
                    <xs:simpleContent>
                      <xs:extension base="Hex">
                        <xs:attribute name="index" type="Count" use="required"/>
                      </xs:extension>
                    </xs:simpleContent>
                  </xs:complexType>
                </xs:element>
              </xs:sequence>
              <xs:attribute name="name" type="Hash" use="required"/>
            </xs:complexType>
          </xs:element>
        </xs:sequence>
      </xs:complexType>

      <!-- The case -->

      <xs:complexType name="Parameter">
        <xs:sequence>
          <xs:element name="value" type="xs:string"/>
        </xs:sequence>
        <xs:attribute name="name" type="xs:string" use="required"/>
      </xs:complexType>

      <xs:complexType name="Claim">
        <xs:sequence>
          <xs:element name="value" type="xs:string"/>
        </xs:sequence>
        <xs:attribute name="file" type="xs:string" use="required"/>
        <xs:attribute name="subject" type="xs:string" use="required"/>
      </xs:complexType>

      <xs:complexType name="Input">
        <xs:attribute name="path" type="xs:string" use="required"/>
        <xs:attribute name="size" type="Count" use="required"/>
        <xs:attribute name="sha256">
          <xs:simpleType>
            <xs:restriction base="Hex">
              <xs:length value="64"/>
            </xs:restriction>
          </xs:simpleType>
        </xs:attribute>
        <xs:attribute name="kind" type="xs:string" use="required"/>
        <xs:attribute name="duplicateOf" type="xs:string"/>
      </xs:complexType>

      <xs:complexType name="Measurements">
        <xs:sequence>
          <xs:element name="status" minOccurs="0" maxOccurs="unbounded">
            <xs:complexType>
              <xs:simpleContent>
                <xs:extension base="Count">
                  <xs:attribute name="name" type="xs:string" use="required"/>
                </xs:extension>
              </xs:simpleContent>
            </xs:complexType>
          </xs:element>
        </xs:sequence>
        <xs:attribute name="notVerified" type="Count" use="required"/>
      </xs:complexType>

      <!-- Hosts, boots, captures -->

      <xs:complexType name="Host">
        <xs:sequence>
          <xs:element name="reasons" type="Reasons"/>
          <xs:element name="boots">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="boot" type="Boot" minOccurs="0" maxOccurs="unbounded"/>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
        </xs:sequence>
        <xs:attribute name="name" type="xs:string" use="required"/>
        <xs:attribute name="verdict" type="Verdict" use="required"/>
        <xs:attribute name="verdictNow" type="Verdict" use="required"/>
        <xs:attribute name="level" type="Level"/>
      </xs:complexType>

      <xs:complexType name="Boot">
        <xs:sequence>
          <xs:element name="reasons" type="Reasons"/>
          <xs:element name="reasonsNow" type="Reasons"/>
          <xs:element name="registers">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="register" type="Register" minOccurs="0" maxOccurs="unbounded"/>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
          <xs:element name="captures">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="capture" type="Capture" minOccurs="0" maxOccurs="unbounded"/>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
          <xs:element name="measurements" type="BootMeasurements" minOccurs="0"/>
          <xs:element name="owners">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="owner" type="Owner" minOccurs="0" maxOccurs="unbounded"/>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
          <xs:element name="explanations">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="explanation" type="Explanation" minOccurs="0" maxOccurs="unbounded"/>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
          <xs:element name="signatures" type="FileSignatures" minOccurs="0"/>
          <xs:element name="buffers">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="buffer" type="Buffer" minOccurs="0" maxOccurs="unbounded"/>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
          <xs:element name="images">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="image" type="BootImage" minOccurs="0" maxOccurs="unbounded"/>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
          <xs:element name="bootReferences">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="bootReference" type="BootReference" minOccurs="0" maxOccurs="unbounded"/>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
          <xs:element name="story" type="Story" minOccurs="0"/>
          <xs:element name="userSpaceStory" type="Story" minOccurs="0"/>
        </xs:sequence>
        <xs:attribute name="label" type="xs:string" use="required"/>
        <xs:attribute name="resetCount" type="xs:unsignedInt"/>
        <xs:attribute name="verdict" type="Verdict" use="required"/>
        <xs:attribute name="verdictNow" type="Verdict" use="required"/>
        <xs:attribute name="level" type="Level"/>
      </xs:complexType>

      <xs:complexType name="Story">
        <xs:sequence>
          <xs:element name="stages">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="stage" type="BootStage" minOccurs="0" maxOccurs="unbounded"/>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
        </xs:sequence>
        <xs:attribute name="log" type="xs:string" use="required"/>
        <!-- What the events extend: registers of a TPM, or those of a confidential guest, where 1 to 4 stand for RTMR 0 to 3. -->
        <xs:attribute name="registers" use="required">
          <xs:simpleType>
            <xs:restriction base="xs:string">
              <xs:enumeration value="pcr"/>
              <xs:enumeration value="rtmr"/>
            </xs:restriction>
          </xs:simpleType>
        </xs:attribute>
      </xs:complexType>

      <xs:complexType name="BootStage">
        <xs:sequence>
          <xs:element name="facts">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="fact" minOccurs="0" maxOccurs="unbounded">
                  <xs:complexType>
                    <xs:sequence>
                      <xs:element name="value" type="xs:string"/>
                    </xs:sequence>
                    <xs:attribute name="name" type="xs:string" use="required"/>
                    <xs:attribute name="event" type="Count"/>
                    <xs:attribute name="label" type="EventLabel" use="required"/>
                    <xs:attribute name="isProven" type="xs:boolean" use="required"/>
                  </xs:complexType>
                </xs:element>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
          <xs:element name="events">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="event" minOccurs="0" maxOccurs="unbounded">
                  <xs:complexType>
                    <xs:sequence>
                      <xs:element name="summary" type="xs:string" minOccurs="0"/>
                    </xs:sequence>
                    <xs:attribute name="index" type="Count" use="required"/>
                    <xs:attribute name="pcr" type="Count" use="required"/>
                    <xs:attribute name="type" type="xs:string" use="required"/>
                    <xs:attribute name="label" type="EventLabel" use="required"/>
                    <xs:attribute name="rule" type="xs:string" use="required"/>
                    <xs:attribute name="isExtended" type="xs:boolean" use="required"/>
                    <xs:attribute name="isProven" type="xs:boolean" use="required"/>
                  </xs:complexType>
                </xs:element>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
        </xs:sequence>
        <xs:attribute name="stage" use="required">
          <xs:simpleType>
            <xs:restriction base="xs:string">
              <xs:enumeration value="firmware"/>
              <xs:enumeration value="platform-configuration"/>
              <xs:enumeration value="secure-boot"/>
              <xs:enumeration value="drivers"/>
              <xs:enumeration value="boot-manager"/>
              <xs:enumeration value="boot-loader"/>
              <xs:enumeration value="loader-configuration"/>
              <xs:enumeration value="kernel"/>
              <xs:enumeration value="kernel-command-line"/>
              <xs:enumeration value="initrd"/>
              <xs:enumeration value="operating-system"/>
              <xs:enumeration value="other"/>
            </xs:restriction>
          </xs:simpleType>
        </xs:attribute>
      </xs:complexType>

      <xs:simpleType name="EventLabel">
        <xs:restriction base="xs:string">
          <xs:enumeration value="bound"/>
          <xs:enumeration value="partly bound"/>
          <xs:enumeration value="unbound"/>
          <xs:enumeration value="contradicted"/>
        </xs:restriction>
      </xs:simpleType>

      <xs:complexType name="BootReference">
        <xs:sequence>
          <xs:element name="signers">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="signer" type="xs:string" minOccurs="0" maxOccurs="unbounded"/>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
          <xs:element name="unknown" type="ReferenceEvents"/>
          <xs:element name="missing" type="ReferenceEvents"/>
          <xs:element name="registers">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="register" type="ReferenceRegister" minOccurs="0" maxOccurs="unbounded"/>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
        </xs:sequence>
        <xs:attribute name="name" type="xs:string" use="required"/>
        <xs:attribute name="scope" use="required">
          <xs:simpleType>
            <xs:restriction base="xs:string">
              <xs:enumeration value="manufacturer"/>
              <xs:enumeration value="baseline"/>
              <xs:enumeration value="registers"/>
            </xs:restriction>
          </xs:simpleType>
        </xs:attribute>
        <xs:attribute name="platform" type="xs:string"/>
        <xs:attribute name="isSigned" type="xs:boolean" use="required"/>
        <xs:attribute name="bank" type="Hash" use="required"/>
        <xs:attribute name="known" type="Count" use="required"/>
        <xs:attribute name="varying" type="Count" use="required"/>
      </xs:complexType>

      <xs:complexType name="ReferenceRegister">
        <xs:sequence>
          <xs:element name="references">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="reference" type="Hex" minOccurs="0" maxOccurs="unbounded"/>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
        </xs:sequence>
        <xs:attribute name="bank" type="Hash" use="required"/>
        <xs:attribute name="pcr" type="Count" use="required"/>
        <xs:attribute name="observed" type="Hex" use="required"/>
        <xs:attribute name="isReference" type="xs:boolean" use="required"/>
      </xs:complexType>

      <xs:complexType name="ReferenceEvents">
        <xs:sequence>
          <xs:element name="event" minOccurs="0" maxOccurs="unbounded">
            <xs:complexType>
              <xs:attribute name="index" type="Count" use="required"/>
              <xs:attribute name="pcr" type="Count" use="required"/>
              <xs:attribute name="type" type="xs:string" use="required"/>
            </xs:complexType>
          </xs:element>
        </xs:sequence>
      </xs:complexType>

      <xs:complexType name="Register">
        <xs:attribute name="bank" type="Hash" use="required"/>
        <xs:attribute name="index" type="Count" use="required"/>
        <xs:attribute name="observed" type="Hex"/>
        <xs:attribute name="calculated" type="Hex"/>
        <xs:attribute name="state" use="required">
          <xs:simpleType>
            <xs:restriction base="xs:string">
              <xs:enumeration value="matches"/>
              <xs:enumeration value="mismatch"/>
              <xs:enumeration value="at-reset"/>
              <xs:enumeration value="unexplained"/>
              <xs:enumeration value="not-quoted"/>
            </xs:restriction>
          </xs:simpleType>
        </xs:attribute>
        <xs:attribute name="quote" type="xs:string"/>
        <xs:attribute name="log" type="xs:string"/>
        <xs:attribute name="meaning" type="xs:string"/>
      </xs:complexType>

      <xs:complexType name="Capture">
        <xs:sequence>
          <xs:element name="quotes">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="quote" type="Quote" minOccurs="0" maxOccurs="unbounded"/>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
          <xs:element name="logs">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="log" type="Log" minOccurs="0" maxOccurs="unbounded"/>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
          <xs:element name="snapshots">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="snapshot" minOccurs="0" maxOccurs="unbounded">
                  <xs:complexType>
                    <xs:sequence>
                      <xs:element name="pcrs" type="Registers"/>
                    </xs:sequence>
                    <xs:attribute name="file" type="xs:string" use="required"/>
                  </xs:complexType>
                </xs:element>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
        </xs:sequence>
        <xs:attribute name="name" type="xs:string" use="required"/>
        <xs:attribute name="collectedAt" type="xs:string"/>
      </xs:complexType>

      <!-- Quotes -->

      <xs:complexType name="Quote">
        <xs:sequence>
          <xs:element name="key" type="Key" minOccurs="0"/>
          <xs:element name="selection">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="selected" minOccurs="0" maxOccurs="unbounded">
                  <xs:complexType>
                    <xs:sequence>
                      <xs:element name="registers" type="Counts"/>
                    </xs:sequence>
                    <xs:attribute name="bank" type="xs:string" use="required"/>
                  </xs:complexType>
                </xs:element>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
          <xs:element name="pcrs" type="Registers"/>
          <xs:element name="checks">
            <xs:complexType>
              <xs:attribute name="signature" type="Outcome" use="required"/>
              <xs:attribute name="structure" type="Outcome" use="required"/>
              <xs:attribute name="nonce" type="Outcome" use="required"/>
              <xs:attribute name="key" type="Outcome" use="required"/>
              <xs:attribute name="pcrDigest" type="Outcome" use="required"/>
            </xs:complexType>
          </xs:element>
          <xs:element name="checkDetails">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="detail" minOccurs="0" maxOccurs="unbounded">
                  <xs:complexType>
                    <xs:sequence>
                      <xs:element name="message" type="xs:string"/>
                      <xs:element name="expected" type="xs:string" minOccurs="0"/>
                      <xs:element name="actual" type="xs:string" minOccurs="0"/>
                    </xs:sequence>
                    <xs:attribute name="check" type="CheckName" use="required"/>
                    <xs:attribute name="part" type="xs:string"/>
                    <xs:attribute name="outcome" type="Outcome" use="required"/>
                  </xs:complexType>
                </xs:element>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
        </xs:sequence>
        <xs:attribute name="file" type="xs:string" use="required"/>
        <xs:attribute name="kind" use="required">
          <xs:simpleType>
            <xs:restriction base="xs:string">
              <xs:enumeration value="quote"/>
              <xs:enumeration value="certify"/>
              <xs:enumeration value="time"/>
              <xs:enumeration value="nv"/>
              <xs:enumeration value="other"/>
              <xs:enumeration value="malformed"/>
            </xs:restriction>
          </xs:simpleType>
        </xs:attribute>
        <xs:attribute name="signatureFile" type="xs:string"/>
        <xs:attribute name="registerFile" type="xs:string"/>
        <xs:attribute name="scheme" type="xs:string"/>
        <xs:attribute name="saltLength" type="Count"/>
        <xs:attribute name="hash" type="xs:string"/>
        <xs:attribute name="nonce" type="Hex"/>
        <xs:attribute name="resetCount" type="xs:unsignedInt"/>
        <xs:attribute name="restartCount" type="xs:unsignedInt"/>
        <xs:attribute name="clock" type="xs:unsignedLong"/>
        <xs:attribute name="safe" type="xs:boolean"/>
        <xs:attribute name="firmwareVersion" type="xs:unsignedLong"/>
        <xs:attribute name="pcrDigest" type="Hex"/>
        <xs:attribute name="pcrsFrom">
          <xs:simpleType>
            <xs:restriction base="xs:string">
              <xs:enumeration value="pcr-file"/>
              <xs:enumeration value="replay"/>
            </xs:restriction>
          </xs:simpleType>
        </xs:attribute>
      </xs:complexType>

      <xs:complexType name="Key">
        <xs:sequence>
          <xs:element name="files">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="file" type="xs:string" minOccurs="0" maxOccurs="unbounded"/>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
        </xs:sequence>
        <xs:attribute name="name" type="Hex"/>
        <xs:attribute name="fingerprint" type="Hex" use="required"/>
        <xs:attribute name="algorithm" type="xs:string" use="required"/>
        <xs:attribute name="certificate" type="xs:string"/>
      </xs:complexType>

      <!-- Logs -->

      <xs:complexType name="Log">
        <xs:sequence>
          <xs:element name="violations" type="Counts"/>
          <xs:element name="bootAggregate" type="xs:string" minOccurs="0"/>
          <xs:element name="matches">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="match" type="Match" minOccurs="0" maxOccurs="unbounded"/>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
          <xs:element name="brackets">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="bracket" minOccurs="0" maxOccurs="unbounded">
                  <xs:complexType>
                    <xs:sequence>
                      <xs:element name="records" type="Bounds" minOccurs="0"/>
                    </xs:sequence>
                    <xs:attribute name="after" type="xs:string"/>
                    <xs:attribute name="before" type="xs:string"/>
                  </xs:complexType>
                </xs:element>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
        </xs:sequence>
        <xs:attribute name="file" type="xs:string" use="required"/>
        <xs:attribute name="kind" use="required">
          <xs:simpleType>
            <xs:restriction base="xs:string">
              <xs:enumeration value="tcg-event-log"/>
              <xs:enumeration value="ima-list"/>
            </xs:restriction>
          </xs:simpleType>
        </xs:attribute>
        <xs:attribute name="format" type="xs:string" use="required"/>
        <xs:attribute name="records" type="Count" use="required"/>
        <xs:attribute name="prefixOf" type="xs:string"/>
        <xs:attribute name="copyOf" type="xs:string"/>
        <xs:attribute name="provenRecords" type="Count"/>
      </xs:complexType>

      <!-- Either quote or against is given. records is a count, range the smallest and largest count that fits. -->
      <xs:complexType name="Match">
        <xs:sequence>
          <xs:element name="pcrs" type="Counts"/>
          <xs:element name="mismatching" type="Counts"/>
          <xs:element name="range" type="Bounds" minOccurs="0"/>
          <xs:element name="note" type="xs:string" minOccurs="0"/>
        </xs:sequence>
        <xs:attribute name="quote" type="xs:string"/>
        <xs:attribute name="against" type="xs:string"/>
        <xs:attribute name="outcome" use="required">
          <xs:simpleType>
            <xs:restriction base="xs:string">
              <xs:enumeration value="complete"/>
              <xs:enumeration value="prefix"/>
              <xs:enumeration value="mismatch"/>
              <xs:enumeration value="ends-before-quote"/>
              <xs:enumeration value="not-quoted"/>
            </xs:restriction>
          </xs:simpleType>
        </xs:attribute>
        <xs:attribute name="bank" type="Hash" use="required"/>
        <xs:attribute name="records" type="Count"/>
      </xs:complexType>

      <!-- Measured files against the references. origin is an index into the origins of the report, from 0. -->

      <xs:simpleType name="Status">
        <xs:restriction base="xs:string">
          <xs:enumeration value="unknown"/>
          <xs:enumeration value="changed"/>
          <xs:enumeration value="not-assessable"/>
          <xs:enumeration value="superseded"/>
          <xs:enumeration value="known-elsewhere"/>
          <xs:enumeration value="known"/>
          <xs:enumeration value="recomputed"/>
          <xs:enumeration value="classed"/>
          <xs:enumeration value="exempt"/>
          <xs:enumeration value="empty-file"/>
          <xs:enumeration value="violation"/>
          <xs:enumeration value="not-a-file"/>
        </xs:restriction>
      </xs:simpleType>

      <xs:simpleType name="FileClass">
        <xs:restriction base="xs:string">
          <xs:enumeration value="code"/>
          <xs:enumeration value="configuration"/>
          <xs:enumeration value="data"/>
        </xs:restriction>
      </xs:simpleType>

      <xs:simpleType name="UpdateType">
        <xs:restriction base="xs:string">
          <xs:enumeration value="newpackage"/>
          <xs:enumeration value="testing"/>
          <xs:enumeration value="release"/>
          <xs:enumeration value="enhancement"/>
          <xs:enumeration value="updates"/>
          <xs:enumeration value="bugfix"/>
          <xs:enumeration value="security"/>
          <xs:enumeration value="unknown"/>
        </xs:restriction>
      </xs:simpleType>

      <xs:simpleType name="AliasRule">
        <xs:restriction base="xs:string">
          <xs:enumeration value="same"/>
          <xs:enumeration value="merged-usr"/>
          <xs:enumeration value="unpacking"/>
          <xs:enumeration value="initramfs"/>
          <xs:enumeration value="new-root"/>
          <xs:enumeration value="container"/>
          <xs:enumeration value="linked-folder"/>
          <xs:enumeration value="package-file"/>
        </xs:restriction>
      </xs:simpleType>

      <xs:complexType name="BootMeasurements">
        <xs:sequence>
          <xs:element name="levelReasons" type="Reasons"/>
          <xs:element name="counts" type="StatusCounts"/>
          <xs:element name="passed">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="rule" type="PassingRule" minOccurs="0" maxOccurs="unbounded"/>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
          <xs:element name="packages">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="package" type="Package" minOccurs="0" maxOccurs="unbounded"/>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
          <xs:element name="entries">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="entry" type="Entry" minOccurs="0" maxOccurs="unbounded"/>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
          <xs:element name="runs">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="run" type="StatusCount" minOccurs="0" maxOccurs="unbounded"/>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
        </xs:sequence>
        <xs:attribute name="file" type="xs:string" use="required"/>
        <xs:attribute name="asOf" type="xs:string"/>
        <xs:attribute name="initramfsRecords" type="Count"/>
        <xs:attribute name="omittedEntries" type="Count" use="required"/>
        <xs:attribute name="omittedRuns" type="Count" use="required"/>
      </xs:complexType>

      <xs:complexType name="StatusCount">
        <xs:attribute name="status" type="Status" use="required"/>
        <xs:attribute name="records" type="Count" use="required"/>
      </xs:complexType>

      <xs:complexType name="StatusCounts">
        <xs:sequence>
          <xs:element name="count" type="StatusCount" minOccurs="0" maxOccurs="unbounded"/>
        </xs:sequence>
      </xs:complexType>

      <xs:complexType name="PassingRule">
        <xs:sequence>
          <xs:element name="reason" type="xs:string"/>
        </xs:sequence>
        <xs:attribute name="name" type="xs:string" use="required"/>
        <xs:attribute name="isExemption" type="xs:boolean" use="required"/>
        <xs:attribute name="records" type="Count" use="required"/>
      </xs:complexType>

      <xs:complexType name="NewerVersion">
        <xs:attribute name="version" type="xs:string" use="required"/>
        <xs:attribute name="type" type="UpdateType" use="required"/>
        <xs:attribute name="date" type="xs:string"/>
        <xs:attribute name="advisory" type="xs:string"/>
      </xs:complexType>

      <xs:complexType name="Package">
        <xs:sequence>
          <xs:element name="supersededBy" type="NewerVersion" minOccurs="0"/>
          <xs:element name="counts" type="StatusCounts"/>
        </xs:sequence>
        <xs:attribute name="format" use="required">
          <xs:simpleType>
            <xs:restriction base="xs:string">
              <xs:enumeration value="deb"/>
              <xs:enumeration value="rpm"/>
              <xs:enumeration value="list"/>
              <xs:enumeration value="image"/>
            </xs:restriction>
          </xs:simpleType>
        </xs:attribute>
        <xs:attribute name="name" type="xs:string" use="required"/>
        <xs:attribute name="version" type="xs:string" use="required"/>
        <xs:attribute name="architecture" type="xs:string" use="required"/>
        <xs:attribute name="distribution" type="xs:string" use="required"/>
        <xs:attribute name="origin" type="Count" use="required"/>
      </xs:complexType>

      <!-- One measured content under one path; records holds the first 20 indexes, from 0. -->
      <xs:complexType name="Entry">
        <xs:sequence>
          <xs:element name="records" type="Counts"/>
          <xs:element name="reason" type="xs:string"/>
          <xs:element name="expected">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="digest" type="xs:string" minOccurs="0" maxOccurs="unbounded"/>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
          <xs:element name="alsoIn">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="package" type="xs:string" minOccurs="0" maxOccurs="unbounded"/>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
          <xs:element name="supersededBy" type="NewerVersion" minOccurs="0"/>
        </xs:sequence>
        <xs:attribute name="status" type="Status" use="required"/>
        <xs:attribute name="class" type="FileClass" use="required"/>
        <xs:attribute name="path" type="xs:string" use="required"/>
        <xs:attribute name="digest" type="xs:string" use="required"/>
        <xs:attribute name="recordCount" type="Count" use="required"/>
        <xs:attribute name="package" type="xs:string"/>
        <xs:attribute name="origin" type="Count"/>
        <xs:attribute name="digestOrigin">
          <xs:simpleType>
            <xs:restriction base="xs:string">
              <xs:enumeration value="payload"/>
              <xs:enumeration value="header"/>
              <xs:enumeration value="list"/>
              <xs:enumeration value="system-record"/>
            </xs:restriction>
          </xs:simpleType>
        </xs:attribute>
        <xs:attribute name="packagedPath" type="xs:string"/>
        <xs:attribute name="rule" type="AliasRule"/>
        <xs:attribute name="passedBy" type="xs:string"/>
        <xs:attribute name="after" type="xs:string"/>
        <xs:attribute name="before" type="xs:string"/>
      </xs:complexType>

      <!-- What ran: owners of records, lists that do not replay, file signatures, measured buffers -->

      <xs:simpleType name="OwnerKind">
        <xs:restriction base="xs:string">
          <xs:enumeration value="host"/>
          <xs:enumeration value="container"/>
          <xs:enumeration value="pod"/>
          <xs:enumeration value="runtime"/>
          <xs:enumeration value="departed"/>
          <xs:enumeration value="unattributed"/>
        </xs:restriction>
      </xs:simpleType>

      <xs:simpleType name="Certainty">
        <xs:restriction base="xs:string">
          <xs:enumeration value="certain"/>
          <xs:enumeration value="probable"/>
          <xs:enumeration value="possible"/>
        </xs:restriction>
      </xs:simpleType>

      <xs:complexType name="Attribution">
        <xs:attribute name="strategy" type="xs:string" use="required"/>
        <xs:attribute name="certainty" type="Certainty" use="required"/>
        <xs:attribute name="records" type="Count" use="required"/>
      </xs:complexType>

      <!-- badRecords holds the first 20 indexes of records of unknown or changed code. -->
      <xs:complexType name="Owner">
        <xs:sequence>
          <xs:element name="badRecords" type="Counts"/>
          <xs:element name="reasons" type="Reasons"/>
          <xs:element name="counts" type="StatusCounts"/>
          <xs:element name="attributions">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="attribution" type="Attribution" minOccurs="0" maxOccurs="unbounded"/>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
        </xs:sequence>
        <xs:attribute name="kind" type="OwnerKind" use="required"/>
        <xs:attribute name="identifier" type="xs:string" use="required"/>
        <xs:attribute name="name" type="xs:string"/>
        <xs:attribute name="image" type="xs:string"/>
        <xs:attribute name="pod" type="xs:string"/>
        <xs:attribute name="verdict" type="Verdict" use="required"/>
        <xs:attribute name="verdictNow" type="Verdict" use="required"/>
        <xs:attribute name="records" type="Count" use="required"/>
        <xs:attribute name="firstRecord" type="Count"/>
        <xs:attribute name="lastRecord" type="Count"/>
        <xs:attribute name="badRecordCount" type="Count" use="required"/>
      </xs:complexType>

      <!-- The interval is the narrowest in which the change lies; without a conclusion no hypothesis gives the quoted values. -->
      <xs:complexType name="Explanation">
        <xs:sequence>
          <xs:element name="quotes">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="quote" type="xs:string" minOccurs="0" maxOccurs="unbounded"/>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
          <xs:element name="interval" type="Bounds" minOccurs="0"/>
          <xs:element name="intervalReason" type="xs:string"/>
          <xs:element name="conclusion" type="xs:string" minOccurs="0"/>
          <xs:element name="hypotheses">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="hypothesis" type="Hypothesis" minOccurs="0" maxOccurs="unbounded"/>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
        </xs:sequence>
        <xs:attribute name="file" type="xs:string" use="required"/>
      </xs:complexType>

      <xs:complexType name="Hypothesis">
        <xs:sequence>
          <xs:element name="message" type="xs:string"/>
        </xs:sequence>
        <xs:attribute name="name" type="xs:string" use="required"/>
        <xs:attribute name="outcome" use="required">
          <xs:simpleType>
            <xs:restriction base="xs:string">
              <xs:enumeration value="reproduces"/>
              <xs:enumeration value="refuted"/>
              <xs:enumeration value="not-exhausted"/>
              <xs:enumeration value="not-testable"/>
            </xs:restriction>
          </xs:simpleType>
        </xs:attribute>
        <xs:attribute name="candidates" type="Count" use="required"/>
      </xs:complexType>

      <xs:simpleType name="SignatureOutcome">
        <xs:restriction base="xs:string">
          <xs:enumeration value="verified"/>
          <xs:enumeration value="verified-by-measured-key"/>
          <xs:enumeration value="invalid"/>
          <xs:enumeration value="unknown-key"/>
          <xs:enumeration value="unsupported"/>
          <xs:enumeration value="malformed"/>
        </xs:restriction>
      </xs:simpleType>

      <xs:complexType name="FileSignatures">
        <xs:sequence>
          <xs:element name="counts">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="count" type="SignatureCount" minOccurs="0" maxOccurs="unbounded"/>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
          <xs:element name="keys">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="key" type="SigningKey" minOccurs="0" maxOccurs="unbounded"/>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
          <xs:element name="faults">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="fault" type="SignatureFault" minOccurs="0" maxOccurs="unbounded"/>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
        </xs:sequence>
        <xs:attribute name="unsignedRecords" type="Count" use="required"/>
      </xs:complexType>

      <xs:complexType name="SignatureCount">
        <xs:attribute name="outcome" type="SignatureOutcome" use="required"/>
        <xs:attribute name="records" type="Count" use="required"/>
      </xs:complexType>

      <xs:complexType name="SigningKey">
        <xs:attribute name="identifier" type="xs:string" use="required"/>
        <xs:attribute name="algorithm" type="xs:string" use="required"/>
        <xs:attribute name="subject" type="xs:string"/>
        <xs:attribute name="source" type="xs:string" use="required"/>
        <xs:attribute name="isGiven" type="xs:boolean" use="required"/>
        <xs:attribute name="records" type="Count" use="required"/>
      </xs:complexType>

      <xs:complexType name="SignatureFault">
        <xs:sequence>
          <xs:element name="message" type="xs:string"/>
        </xs:sequence>
        <xs:attribute name="record" type="Count" use="required"/>
        <xs:attribute name="path" type="xs:string" use="required"/>
        <xs:attribute name="outcome" type="SignatureOutcome" use="required"/>
      </xs:complexType>

      <xs:complexType name="BootImage">
        <xs:sequence>
          <xs:element name="reason" type="xs:string"/>
          <xs:element name="package" minOccurs="0">
            <xs:complexType>
              <xs:attribute name="name" type="xs:string" use="required"/>
              <xs:attribute name="version" type="xs:string" use="required"/>
              <xs:attribute name="architecture" type="xs:string" use="required"/>
              <xs:attribute name="format" type="xs:string" use="required"/>
              <xs:attribute name="path" type="xs:string" use="required"/>
              <xs:attribute name="store" type="xs:string" use="required"/>
              <xs:attribute name="standing" type="xs:string" use="required"/>
            </xs:complexType>
          </xs:element>
          <xs:element name="signers">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="signer" type="xs:string" minOccurs="0" maxOccurs="unbounded"/>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
          <xs:element name="sbat">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="entry" type="xs:string" minOccurs="0" maxOccurs="unbounded"/>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
        </xs:sequence>
        <xs:attribute name="file" type="xs:string" use="required"/>
        <xs:attribute name="record" type="Count" use="required"/>
        <xs:attribute name="register" type="Count" use="required"/>
        <xs:attribute name="type" type="xs:string" use="required"/>
        <xs:attribute name="path" type="xs:string"/>
        <xs:attribute name="algorithm" type="xs:string" use="required"/>
        <xs:attribute name="digest" type="Hex" use="required"/>
        <xs:attribute name="digestOf" use="required">
          <xs:simpleType>
            <xs:restriction base="xs:string">
              <xs:enumeration value="authenticode"/>
              <xs:enumeration value="file"/>
            </xs:restriction>
          </xs:simpleType>
        </xs:attribute>
        <xs:attribute name="isProven" type="xs:boolean" use="required"/>
        <xs:attribute name="status" use="required">
          <xs:simpleType>
            <xs:restriction base="xs:string">
              <xs:enumeration value="revoked"/>
              <xs:enumeration value="unknown"/>
              <xs:enumeration value="superseded"/>
              <xs:enumeration value="known"/>
              <xs:enumeration value="firmware"/>
              <xs:enumeration value="not-assessed"/>
            </xs:restriction>
          </xs:simpleType>
        </xs:attribute>
      </xs:complexType>

      <xs:complexType name="Buffer">
        <xs:sequence>
          <xs:element name="fields">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="field" minOccurs="0" maxOccurs="unbounded">
                  <xs:complexType>
                    <xs:sequence>
                      <xs:element name="value" type="xs:string"/>
                    </xs:sequence>
                    <xs:attribute name="name" type="xs:string" use="required"/>
                  </xs:complexType>
                </xs:element>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
        </xs:sequence>
        <xs:attribute name="record" type="Count" use="required"/>
        <xs:attribute name="kind" type="xs:string" use="required"/>
        <xs:attribute name="name" type="xs:string" use="required"/>
      </xs:complexType>

      <!-- Reference values: stores, and where packages come from -->

      <xs:complexType name="Store">
        <xs:attribute name="name" type="xs:string" use="required"/>
        <xs:attribute name="digest" type="Hex" use="required"/>
      </xs:complexType>

      <!-- sources holds the source first, then what vouches for it. -->
      <xs:complexType name="Origin">
        <xs:sequence>
          <xs:element name="detail" type="xs:string" minOccurs="0"/>
          <xs:element name="sources">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="source" type="Source" minOccurs="0" maxOccurs="unbounded"/>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
        </xs:sequence>
        <xs:attribute name="store" type="xs:string" use="required"/>
        <xs:attribute name="standing" use="required">
          <xs:simpleType>
            <xs:restriction base="xs:string">
              <xs:enumeration value="signed"/>
              <xs:enumeration value="unsigned"/>
              <xs:enumeration value="refused"/>
            </xs:restriction>
          </xs:simpleType>
        </xs:attribute>
      </xs:complexType>

      <xs:complexType name="Source">
        <xs:sequence>
          <xs:element name="signatures">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="signature" type="xs:string" minOccurs="0" maxOccurs="unbounded"/>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
        </xs:sequence>
        <xs:attribute name="kind" type="xs:string" use="required"/>
        <xs:attribute name="path" type="xs:string" use="required"/>
        <xs:attribute name="sha256" type="Hex" use="required"/>
        <xs:attribute name="date" type="xs:string"/>
      </xs:complexType>

      <!-- Findings and timeline -->

      <xs:complexType name="Finding">
        <xs:sequence>
          <xs:element name="range" type="Bounds" minOccurs="0"/>
          <xs:element name="message" type="xs:string"/>
          <xs:element name="expected" type="xs:string" minOccurs="0"/>
          <xs:element name="actual" type="xs:string" minOccurs="0"/>
        </xs:sequence>
        <xs:attribute name="code" use="required">
          <xs:simpleType>
            <xs:restriction base="xs:string">
              <xs:pattern value="[a-z]+\.[a-z0-9\-]+"/>
            </xs:restriction>
          </xs:simpleType>
        </xs:attribute>
        <xs:attribute name="severity" use="required">
          <xs:simpleType>
            <xs:restriction base="xs:string">
              <xs:enumeration value="critical"/>
              <xs:enumeration value="warning"/>
              <xs:enumeration value="notice"/>
              <xs:enumeration value="info"/>
            </xs:restriction>
          </xs:simpleType>
        </xs:attribute>
        <xs:attribute name="effect" use="required">
          <xs:simpleType>
            <xs:restriction base="xs:string">
              <xs:enumeration value="untrusted"/>
              <xs:enumeration value="inconclusive"/>
              <xs:enumeration value="none"/>
            </xs:restriction>
          </xs:simpleType>
        </xs:attribute>
        <xs:attribute name="host" type="xs:string"/>
        <xs:attribute name="boot" type="xs:string"/>
        <xs:attribute name="capture" type="xs:string"/>
        <xs:attribute name="file" type="xs:string"/>
        <xs:attribute name="offset" type="Count"/>
        <xs:attribute name="record" type="Count"/>
      </xs:complexType>

      <xs:complexType name="Event">
        <xs:sequence>
          <xs:element name="records" type="Bounds" minOccurs="0"/>
          <xs:element name="message" type="xs:string"/>
        </xs:sequence>
        <xs:attribute name="host" type="xs:string" use="required"/>
        <xs:attribute name="boot" type="xs:string" use="required"/>
        <xs:attribute name="kind" use="required">
          <xs:simpleType>
            <xs:restriction base="xs:string">
              <xs:enumeration value="quote"/>
              <xs:enumeration value="measurements"/>
              <xs:enumeration value="reset"/>
              <xs:enumeration value="resume"/>
              <xs:enumeration value="kernel"/>
              <xs:enumeration value="clock-gap"/>
              <xs:enumeration value="changed"/>
              <xs:enumeration value="unknown"/>
              <xs:enumeration value="superseded"/>
              <xs:enumeration value="known-elsewhere"/>
              <xs:enumeration value="restored"/>
            </xs:restriction>
          </xs:simpleType>
        </xs:attribute>
        <xs:attribute name="notBeforeClock" type="xs:unsignedLong"/>
        <xs:attribute name="notAfterClock" type="xs:unsignedLong"/>
        <xs:attribute name="notBefore" type="xs:string"/>
        <xs:attribute name="notAfter" type="xs:string"/>
        <xs:attribute name="file" type="xs:string"/>
      </xs:complexType>
    </xs:schema>

    """#

  /// `schemas/measurement.schema.json`.
  static let measurementJSON = #"""
    {
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "$id": "urn:inquest:measurement:1",
      "title": "One line of measurements.jsonl",
      "description": "One record of a measurement list. Keys come in the order of the properties below; a key without a value is left out.",
      "type": "object",
      "additionalProperties": false,
      "required": ["case", "host", "boot", "list", "index", "offset", "pcr", "template", "templateDigest", "violation"],
      "properties": {
        "case": { "type": "string", "description": "The last component of the case's path." },
        "host": { "type": "string" },
        "boot": { "type": "string", "description": "As `boots[].label` in report.json." },
        "list": { "type": "string", "description": "Path of the list relative to the case: the boot's longest." },
        "index": { "type": "integer", "minimum": 0, "description": "From 0." },
        "offset": { "type": "integer", "minimum": 0, "description": "Bytes from the start of the list." },
        "pcr": { "type": "integer", "minimum": 0 },
        "template": { "type": "string" },
        "templateDigest": { "type": "string", "pattern": "^([0-9a-f]{2})*$", "description": "As recorded; nothing but zeros for a violation." },
        "path": { "type": "string", "description": "The name field, escaped." },
        "digest": { "type": "string", "pattern": "^[^:]+(:[^:]+)?:([0-9a-f]{2})*$", "description": "Algorithm, a colon, hexadecimal digits." },
        "violation": { "type": "boolean", "description": "The kernel did not know what was read." },
        "after": { "type": "string", "description": "The last quote that does not cover the record." },
        "before": { "type": "string", "description": "The first quote that covers it." },
        "notBeforeClock": { "type": "integer", "minimum": 0, "maximum": 18446744073709551615, "description": "Milliseconds of the TPM's clock." },
        "notAfterClock": { "type": "integer", "minimum": 0, "maximum": 18446744073709551615 },
        "notBefore": { "type": "string", "description": "RFC 3339; the collector's word." },
        "notAfter": { "type": "string" },
        "ownerKind": { "enum": ["host", "container", "pod", "runtime", "departed", "unattributed"], "description": "Whose record it is." },
        "owner": { "type": "string", "description": "As `owners[].identifier` in report.json." },
        "strategy": { "type": "string", "description": "How the owner was told." },
        "certainty": { "enum": ["certain", "probable", "possible"] },
        "status": { "enum": ["unknown", "changed", "not-assessable", "superseded", "known-elsewhere", "known", "recomputed", "classed", "exempt", "empty-file", "violation", "not-a-file"], "description": "Absent where no references were given." },
        "class": { "enum": ["code", "configuration", "data"] },
        "package": { "type": "string", "description": "Name and version of the package that explains or owns the file." },
        "packagedPath": { "type": "string", "description": "The path in the package where it differs." },
        "digestOrigin": { "enum": ["payload", "header", "list", "system-record"], "description": "Who computed the digest that matched." },
        "origin": { "type": "integer", "minimum": 0, "description": "Index into `origins` of report.json." },
        "source": { "type": "string", "description": "Where the package was read." },
        "standing": { "enum": ["signed", "unsigned", "refused"] },
        "vouchedBy": { "type": "string", "description": "The signer, or why the source was refused." },
        "passedBy": { "type": "string", "description": "Class or exemption of the policy that let the record pass: not verified." },
        "signature": { "enum": ["verified", "verified-by-measured-key", "invalid", "unknown-key", "unsupported", "malformed"], "description": "What became of the file signature in the record." }
      }
    }

    """#

  /// `schemas/references.schema.json`.
  static let referencesJSON = #"""
    {
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "$id": "urn:inquest:references:1",
      "title": "Inquest review of references",
      "description": "What one review of reference stores has to say. Every key is always there; null means unknown or not applicable.",
      "$ref": "#/$defs/references",
      "$defs": {
        "references": {
          "type": "object",
          "additionalProperties": false,
          "required": ["schema", "outcome", "asOf", "toolVersion", "trustedKeys", "stores", "checks", "findings", "coverage"],
          "properties": {
            "schema": { "const": "inquest-references/1" },
            "outcome": { "enum": ["clean", "faults", "inconclusive"], "description": "It sets the exit status: 0, 1, 2." },
            "asOf": { "$ref": "#/$defs/text", "description": "RFC 3339 date at which validity and versions are judged." },
            "toolVersion": { "type": "string" },
            "trustedKeys": { "type": "array", "items": { "type": "string" }, "description": "Fingerprints of the keys that count; empty when every key counts that was given to the build." },
            "stores": { "type": "array", "items": { "$ref": "#/$defs/store" } },
            "checks": { "type": "array", "items": { "$ref": "#/$defs/check" } },
            "findings": { "type": "array", "items": { "$ref": "#/$defs/finding" } },
            "coverage": { "type": "array", "items": { "$ref": "#/$defs/coverage" } }
          }
        },
        "text": { "type": ["string", "null"] },
        "count": { "type": "integer", "minimum": 0 },
        "sha256": { "type": "string", "pattern": "^[0-9a-f]{64}$" },
        "code": { "type": "string", "pattern": "^reference\\.[a-z0-9-]+$" },
        "store": {
          "type": "object",
          "additionalProperties": false,
          "required": ["name", "logicalDigest", "algorithms", "updates", "files", "paths", "signedPackages", "unsignedPackages", "refusedPackages", "digests", "sources"],
          "properties": {
            "name": { "type": "string" },
            "logicalDigest": { "type": "string", "description": "SHA-256 over what the store says: equal for stores that say the same." },
            "algorithms": { "$ref": "#/$defs/text", "description": "Names that it was built with, separated by commas." },
            "updates": { "$ref": "#/$defs/count" },
            "files": { "$ref": "#/$defs/count" },
            "paths": { "$ref": "#/$defs/count" },
            "signedPackages": { "$ref": "#/$defs/count" },
            "unsignedPackages": { "$ref": "#/$defs/count" },
            "refusedPackages": { "$ref": "#/$defs/count" },
            "digests": { "type": "object", "description": "Number of digests by algorithm.", "additionalProperties": { "$ref": "#/$defs/count" } },
            "sources": { "type": "array", "items": { "$ref": "#/$defs/source" } }
          }
        },
        "source": {
          "type": "object",
          "additionalProperties": false,
          "required": ["kind", "path", "size", "sha256", "vouchedBy", "date", "validUntil", "distribution", "signatures"],
          "properties": {
            "kind": { "type": "string" },
            "path": { "type": "string" },
            "size": { "$ref": "#/$defs/count" },
            "sha256": { "$ref": "#/$defs/sha256" },
            "vouchedBy": { "anyOf": [{ "$ref": "#/$defs/sha256" }, { "type": "null" }], "description": "SHA-256 of the source that names this one with its digest." },
            "date": { "$ref": "#/$defs/text" },
            "validUntil": { "$ref": "#/$defs/text" },
            "distribution": { "type": "string" },
            "signatures": { "type": "array", "items": { "$ref": "#/$defs/signature" } }
          }
        },
        "signature": {
          "type": "object",
          "additionalProperties": false,
          "required": ["status", "scheme", "key", "signer", "createdAt", "detail"],
          "properties": {
            "status": { "enum": ["good", "key-expired", "key-revoked", "weak", "bad", "key-missing", "unsupported"] },
            "scheme": { "type": "string" },
            "key": { "type": "string" },
            "signer": { "type": "string" },
            "createdAt": { "$ref": "#/$defs/text" },
            "detail": { "type": "string" }
          }
        },
        "check": {
          "type": "object",
          "additionalProperties": false,
          "required": ["code", "count"],
          "properties": { "code": { "$ref": "#/$defs/code" }, "count": { "$ref": "#/$defs/count" } }
        },
        "finding": {
          "type": "object",
          "additionalProperties": false,
          "required": ["code", "severity", "effect", "store", "source", "offset", "subject", "message", "expected", "actual"],
          "properties": {
            "code": { "$ref": "#/$defs/code" },
            "severity": { "enum": ["critical", "warning", "notice", "info"] },
            "effect": { "enum": ["untrusted", "inconclusive", "none"], "description": "untrusted: a fault; inconclusive: something is absent." },
            "store": { "type": "string" },
            "source": { "$ref": "#/$defs/text" },
            "offset": { "anyOf": [{ "$ref": "#/$defs/count" }, { "type": "null" }] },
            "subject": { "$ref": "#/$defs/text" },
            "message": { "type": "string" },
            "expected": { "$ref": "#/$defs/text" },
            "actual": { "$ref": "#/$defs/text" }
          }
        },
        "coverage": {
          "type": "object",
          "additionalProperties": false,
          "required": ["file", "records", "explained", "byStatus", "missing"],
          "properties": {
            "file": { "type": "string" },
            "records": { "$ref": "#/$defs/count" },
            "explained": { "$ref": "#/$defs/count" },
            "byStatus": { "type": "object", "additionalProperties": { "$ref": "#/$defs/count" } },
            "missing": {
              "type": "array",
              "items": {
                "type": "object",
                "additionalProperties": false,
                "required": ["kind", "name", "records", "examples"],
                "properties": {
                  "kind": { "enum": ["package", "folder"] },
                  "name": { "type": "string" },
                  "records": { "$ref": "#/$defs/count" },
                  "examples": { "type": "array", "items": { "type": "string" } }
                }
              }
            }
          }
        }
      }
    }

    """#

  /// `schemas/references.xsd`.
  static let referencesXSD = #"""
    <?xml version="1.0" encoding="UTF-8"?>
    <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:inquest:references:1" targetNamespace="urn:inquest:references:1" elementFormDefault="qualified" version="1">
      <xs:annotation>
        <xs:documentation>What one review of reference stores has to say: the content of references.json, under the same names. What is unknown or not applicable is left out.</xs:documentation>
      </xs:annotation>

      <xs:element name="references" type="References"/>

      <xs:complexType name="References">
        <xs:sequence>
          <xs:element name="trustedKeys">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="key" type="xs:string" minOccurs="0" maxOccurs="unbounded"/>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
          <xs:element name="stores">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="store" type="Store" minOccurs="0" maxOccurs="unbounded"/>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
          <xs:element name="checks">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="check" type="Check" minOccurs="0" maxOccurs="unbounded"/>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
          <xs:element name="findings">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="finding" type="Finding" minOccurs="0" maxOccurs="unbounded"/>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
          <xs:element name="coverage">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="list" type="Coverage" minOccurs="0" maxOccurs="unbounded"/>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
        </xs:sequence>
        <xs:attribute name="schema" type="xs:string" use="required" fixed="inquest-references/1"/>
        <xs:attribute name="outcome" type="Outcome" use="required"/>
        <xs:attribute name="asOf" type="xs:string"/>
        <xs:attribute name="toolVersion" type="xs:string" use="required"/>
      </xs:complexType>

      <!-- Words and numbers -->

      <xs:simpleType name="Outcome">
        <xs:restriction base="xs:string">
          <xs:enumeration value="clean"/>
          <xs:enumeration value="faults"/>
          <xs:enumeration value="inconclusive"/>
        </xs:restriction>
      </xs:simpleType>

      <xs:simpleType name="Severity">
        <xs:restriction base="xs:string">
          <xs:enumeration value="critical"/>
          <xs:enumeration value="warning"/>
          <xs:enumeration value="notice"/>
          <xs:enumeration value="info"/>
        </xs:restriction>
      </xs:simpleType>

      <xs:simpleType name="Effect">
        <xs:restriction base="xs:string">
          <xs:enumeration value="untrusted"/>
          <xs:enumeration value="inconclusive"/>
          <xs:enumeration value="none"/>
        </xs:restriction>
      </xs:simpleType>

      <xs:simpleType name="SignatureStatus">
        <xs:restriction base="xs:string">
          <xs:enumeration value="good"/>
          <xs:enumeration value="key-expired"/>
          <xs:enumeration value="key-revoked"/>
          <xs:enumeration value="weak"/>
          <xs:enumeration value="bad"/>
          <xs:enumeration value="key-missing"/>
          <xs:enumeration value="unsupported"/>
        </xs:restriction>
      </xs:simpleType>

      <xs:simpleType name="GroupKind">
        <xs:restriction base="xs:string">
          <xs:enumeration value="package"/>
          <xs:enumeration value="folder"/>
        </xs:restriction>
      </xs:simpleType>

      <xs:simpleType name="Count">
        <xs:restriction base="xs:unsignedLong"/>
      </xs:simpleType>

      <xs:simpleType name="SHA256">
        <xs:restriction base="xs:string">
          <xs:pattern value="[0-9a-f]{64}"/>
        </xs:restriction>
      </xs:simpleType>

      <xs:simpleType name="Code">
        <xs:restriction base="xs:string">
          <xs:pattern value="reference\.[a-z0-9\-]+"/>
        </xs:restriction>
      </xs:simpleType>

      <!-- Stores -->

      <xs:complexType name="Store">
        <xs:sequence>
          <xs:element name="digests">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="digest" minOccurs="0" maxOccurs="unbounded">
                  <xs:complexType>
                    <xs:simpleContent>
                      <xs:extension base="Count">
                        <xs:attribute name="algorithm" type="xs:string" use="required"/>
                      </xs:extension>
                    </xs:simpleContent>
                  </xs:complexType>
                </xs:element>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
          <xs:element name="sources">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="source" type="Source" minOccurs="0" maxOccurs="unbounded"/>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
        </xs:sequence>
        <xs:attribute name="name" type="xs:string" use="required"/>
        <xs:attribute name="logicalDigest" type="xs:string" use="required"/>
        <xs:attribute name="algorithms" type="xs:string"/>
        <xs:attribute name="updates" type="Count" use="required"/>
        <xs:attribute name="files" type="Count" use="required"/>
        <xs:attribute name="paths" type="Count" use="required"/>
        <xs:attribute name="signedPackages" type="Count" use="required"/>
        <xs:attribute name="unsignedPackages" type="Count" use="required"/>
        <xs:attribute name="refusedPackages" type="Count" use="required"/>
      </xs:complexType>

      <xs:complexType name="Source">
        <xs:sequence>
          <xs:element name="signatures">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="signature" type="Signature" minOccurs="0" maxOccurs="unbounded"/>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
        </xs:sequence>
        <xs:attribute name="kind" type="xs:string" use="required"/>
        <xs:attribute name="path" type="xs:string" use="required"/>
        <xs:attribute name="size" type="Count" use="required"/>
        <xs:attribute name="sha256" type="SHA256" use="required"/>
        <xs:attribute name="vouchedBy" type="SHA256"/>
        <xs:attribute name="date" type="xs:string"/>
        <xs:attribute name="validUntil" type="xs:string"/>
        <xs:attribute name="distribution" type="xs:string" use="required"/>
      </xs:complexType>

      <xs:complexType name="Signature">
        <xs:sequence>
          <xs:element name="detail" type="xs:string"/>
        </xs:sequence>
        <xs:attribute name="status" type="SignatureStatus" use="required"/>
        <xs:attribute name="scheme" type="xs:string" use="required"/>
        <xs:attribute name="key" type="xs:string" use="required"/>
        <xs:attribute name="signer" type="xs:string" use="required"/>
        <xs:attribute name="createdAt" type="xs:string"/>
      </xs:complexType>

      <!-- Findings and coverage -->

      <xs:complexType name="Check">
        <xs:attribute name="code" type="Code" use="required"/>
        <xs:attribute name="count" type="Count" use="required"/>
      </xs:complexType>

      <xs:complexType name="Finding">
        <xs:sequence>
          <xs:element name="subject" type="xs:string" minOccurs="0"/>
          <xs:element name="message" type="xs:string"/>
          <xs:element name="expected" type="xs:string" minOccurs="0"/>
          <xs:element name="actual" type="xs:string" minOccurs="0"/>
        </xs:sequence>
        <xs:attribute name="code" type="Code" use="required"/>
        <xs:attribute name="severity" type="Severity" use="required"/>
        <xs:attribute name="effect" type="Effect" use="required"/>
        <xs:attribute name="store" type="xs:string" use="required"/>
        <xs:attribute name="source" type="xs:string"/>
        <xs:attribute name="offset" type="Count"/>
      </xs:complexType>

      <xs:complexType name="Coverage">
        <xs:sequence>
          <xs:element name="byStatus">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="status" minOccurs="0" maxOccurs="unbounded">
                  <xs:complexType>
                    <xs:simpleContent>
                      <xs:extension base="Count">
                        <xs:attribute name="name" type="xs:string" use="required"/>
                      </xs:extension>
                    </xs:simpleContent>
                  </xs:complexType>
                </xs:element>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
          <xs:element name="missing">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="group" type="Group" minOccurs="0" maxOccurs="unbounded"/>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
        </xs:sequence>
        <xs:attribute name="file" type="xs:string" use="required"/>
        <xs:attribute name="records" type="Count" use="required"/>
        <xs:attribute name="explained" type="Count" use="required"/>
      </xs:complexType>

      <xs:complexType name="Group">
        <xs:sequence>
          <xs:element name="examples">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="path" type="xs:string" minOccurs="0" maxOccurs="unbounded"/>
              </xs:sequence>
            </xs:complexType>
          </xs:element>
        </xs:sequence>
        <xs:attribute name="kind" type="GroupKind" use="required"/>
        <xs:attribute name="name" type="xs:string" use="required"/>
        <xs:attribute name="records" type="Count" use="required"/>
      </xs:complexType>
    </xs:schema>

    """#
}
