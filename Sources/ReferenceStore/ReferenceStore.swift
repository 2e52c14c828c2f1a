import GRDB
import ReferenceManifests
