import Digests

/// One file that a manifest speaks of.
public struct ReferenceFile: Hashable, Sendable {
  /// Absolute, starting with `/`, as the manifest has it and not normalised further. Not trusted to be text.
  public var path: [UInt8]
  public var kind: Kind
  /// Bytes; nil where the manifest does not say.
  public var byteCount: UInt64?
  /// Permission bits with set-user-id and the like (`07777`); nil where the manifest does not say.
  public var mode: UInt16?
  public var flags: Flags
  /// Empty for what is no regular file and for files of which no digest is known (ghosts, conffiles of `md5sums`).
  public var digests: [ReferenceDigest]
  /// What the content is; nil where the content was not seen.
  public var content: FileContent?
  /// Of a PE image for firmware whose content was seen whole; nil for everything else.
  public var image: BootImage?
  /// The `security.ima` value that the package carries for this file; empty when it carries none.
  public var signature: [UInt8]

  public init(
    path: [UInt8], kind: Kind = .regular, byteCount: UInt64? = nil, mode: UInt16? = nil, flags: Flags = [],
    digests: [ReferenceDigest] = [], content: FileContent? = nil, image: BootImage? = nil, signature: [UInt8] = []
  ) {
    self.path = path
    self.kind = kind
    self.byteCount = byteCount
    self.mode = mode
    self.flags = flags
    self.digests = digests
    self.content = content
    self.image = image
    self.signature = signature
  }

  public enum Kind: Hashable, Sendable {
    case regular
    case directory
    /// `target` as it stands in the package, absolute or relative to the link's folder.
    case symbolicLink(target: [UInt8])
    /// Devices, sockets, pipes.
    case other
  }

  public struct Flags: OptionSet, Hashable, Sendable {
    public let rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// A conffile of Debian, `%config` of RPM: the administrator may change it.
    public static let configuration = Flags(rawValue: 1)
    /// Listed by the package and not shipped in it (RPM `%ghost`).
    public static let ghost = Flags(rawValue: 2)
    public static let documentation = Flags(rawValue: 4)
    public static let license = Flags(rawValue: 8)
    /// Kept on upgrades (RPM `noreplace`).
    public static let noReplace = Flags(rawValue: 16)
    /// A script that the package manager runs, not a file of the payload: a Debian maintainer script under the path from
    /// which dpkg runs it, an RPM scriptlet.
    public static let maintainerScript = Flags(rawValue: 32)
    /// A file of the package manager's own records about the package: `control`, `md5sums`, `conffiles`, triggers.
    public static let packageRecord = Flags(rawValue: 64)
    /// The installed system says that this copy was not installed or was replaced (RPM file states).
    public static let notInstalled = Flags(rawValue: 128)
    /// Diverted by another package on the system that the manifest describes.
    public static let diverted = Flags(rawValue: 256)
  }
}

/// A digest of a file's content, with who computed it.
public struct ReferenceDigest: Hashable, Sendable {
  public enum Origin: UInt8, Hashable, Sendable {
    /// Computed by us from the package's payload.
    case payload = 1
    /// Read from the package's header, which its signature covers.
    case header = 2
    /// Read from a list.
    case list = 3
    /// Read from a system's own records (`info/*.md5sums`), which nothing protects.
    case systemRecord = 4

    public var name: String {
      switch self {
      case .payload: "payload"
      case .header: "header"
      case .list: "list"
      case .systemRecord: "system-record"
      }
    }
  }

  public var algorithm: FileDigestAlgorithm
  /// As many bytes as the algorithm has.
  public var bytes: [UInt8]
  public var origin: Origin

  public init(_ algorithm: FileDigestAlgorithm, _ bytes: [UInt8], origin: Origin) {
    self.algorithm = algorithm
    self.bytes = bytes
    self.origin = origin
  }
}

/// What a file's first bytes say that it is.
public enum FileContent: Hashable, Sendable {
  case elf(ELFInformation)
  /// Starts with `#!`; the interpreter's path as written, at most 127 bytes.
  case script(interpreter: [UInt8])
  /// A PE/COFF image (boot loaders, kernels).
  case pe
  case empty
  case other
}

/// What the levels' rule on libraries and the naming of code need of an ELF file.
///
/// Source: System V gABI, "ELF Header" and "Dynamic Section".
public struct ELFInformation: Hashable, Sendable {
  public enum ObjectType: UInt16, Hashable, Sendable {
    case none = 0
    /// Kernel modules and object files.
    case relocatable = 1
    case executable = 2
    /// Libraries and position-independent executables.
    case shared = 3
    case core = 4
  }

  public var type: ObjectType
  /// True when the file names a program interpreter (`PT_INTERP`): it can be run.
  public var hasInterpreter: Bool
  /// `DT_SONAME`.
  public var soname: [UInt8]?
  /// `DT_NEEDED`, in the order of the file.
  public var needed: [[UInt8]]

  public init(type: ObjectType, hasInterpreter: Bool, soname: [UInt8]?, needed: [[UInt8]]) {
    self.type = type
    self.hasInterpreter = hasInterpreter
    self.soname = soname
    self.needed = needed
  }
}
