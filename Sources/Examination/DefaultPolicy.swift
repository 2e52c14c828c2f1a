// Made by scripts/embed-schemas; change the file in policies/ and run it again.

/// The text of the default policy, byte for byte.
enum DefaultPolicy {
  /// `policies/default.yaml`.
  static let text = #"""
    # The policy that holds where none is given. Copy it, change it, give it with --policy.
    # docs/policy.md explains every key; schemas/policy.schema.json checks it.
    version: 1

    scope:
      # assess: every measured file must be explained by reference values. out-of-scope: proof that it was measured is enough.
      measurements: assess
      # report: boot images are looked up, and one that no reference has is a warning. assess: it makes the boot untrusted.
      boot: report

    # How much a finding weighs, by what the file is for. A critical one makes the boot untrusted.
    weights:
      unknown: {code: critical, configuration: warning, data: notice}
      changed: {code: critical, configuration: warning, data: notice}
      superseded: {code: warning, configuration: warning, data: notice}
      known-elsewhere: {code: notice, configuration: notice, data: info}

    # Files that every machine makes for itself, told by exact path. What passes here is counted beside the verdict as not
    # verified. No class covers a folder: an unknown file beside these is unknown. Code is never a class; exempt it by digest.
    #
    # A path may leave a part of a name open: * any characters, {hex} hexadecimal digits, {digits} decimal digits.
    classes:
      - name: linker-cache
        class: data
        reason: Written by ldconfig from the libraries that are there; every library that is loaded is measured by itself.
        paths:
          - /etc/ld.so.cache
          - /var/cache/ldconfig/aux-cache

      - name: module-indexes
        class: data
        reason: Written by depmod from the modules that are there; every module that is loaded is measured by itself.
        paths:
          - /usr/lib/modules/*/modules.alias
          - /usr/lib/modules/*/modules.alias.bin
          - /usr/lib/modules/*/modules.builtin.alias.bin
          - /usr/lib/modules/*/modules.builtin.bin
          - /usr/lib/modules/*/modules.dep
          - /usr/lib/modules/*/modules.dep.bin
          - /usr/lib/modules/*/modules.devname
          - /usr/lib/modules/*/modules.softdep
          - /usr/lib/modules/*/modules.symbols
          - /usr/lib/modules/*/modules.symbols.bin

      - name: initramfs-module-list
        class: data
        stage: initramfs
        reason: Names of modules that the initramfs loads; each module is measured by itself.
        paths:
          - /conf/modules

      - name: hardware-database
        class: data
        reason: Compiled by systemd-hwdb from text files that are measured or packaged.
        paths:
          - /usr/lib/udev/hwdb.bin
          - /etc/udev/hwdb.bin

      - name: dpkg-state
        class: data
        reason: What dpkg writes down of the packages it installed; dpkg reads it and never runs it.
        paths:
          - /var/lib/dpkg/status
          - /var/lib/dpkg/status-old
          - /var/lib/dpkg/available
          - /var/lib/dpkg/diversions
          - /var/lib/dpkg/diversions-old
          - /var/lib/dpkg/statoverride
          - /var/lib/dpkg/statoverride-old
          - /var/lib/dpkg/triggers/File
          - /var/lib/dpkg/triggers/Unincorp
          - /var/lib/dpkg/info/format
          - /var/lib/dpkg/info/format-new

      - name: rpm-state
        class: data
        reason: The database in which rpm writes down what it installed; it is never run.
        paths:
          - /var/lib/rpm/rpmdb.sqlite
          - /usr/lib/sysimage/rpm/rpmdb.sqlite
          - /usr/lib/sysimage/rpm/Packages.db
          - /usr/lib/sysimage/rpm/Index.db

      - name: container-runtime-records
        class: data
        reason: What a container runtime writes down of images, layers and containers; it reads them and never runs them.
        paths:
          - /var/lib/docker/containers/{hex}/config.v2.json
          - /var/lib/docker/containers/{hex}/hostconfig.json
          - /var/lib/docker/containers/{hex}/hostname
          - /var/lib/docker/containers/{hex}/hosts
          - /var/lib/docker/containers/{hex}/resolv.conf
          - /var/lib/docker/containers/{hex}/resolv.conf.hash
          - /var/lib/docker/image/overlay2/repositories.json
          - /var/lib/docker/network/files/local-kv.db
          - /var/lib/docker/overlay2/{hex}/link
          - /var/lib/docker/overlay2/{hex}/lower
          - /var/lib/docker/overlay2/{hex}-init/link
          - /var/lib/docker/overlay2/{hex}-init/lower
          - /var/lib/docker/{digits}.{digits}/containers/{hex}/config.v2.json
          - /var/lib/docker/{digits}.{digits}/containers/{hex}/hostconfig.json
          - /var/lib/docker/{digits}.{digits}/containers/{hex}/hostname
          - /var/lib/docker/{digits}.{digits}/containers/{hex}/hosts
          - /var/lib/docker/{digits}.{digits}/containers/{hex}/resolv.conf
          - /var/lib/docker/{digits}.{digits}/containers/{hex}/resolv.conf.hash
          - /var/lib/docker/{digits}.{digits}/image/overlay2/repositories.json
          - /var/lib/docker/{digits}.{digits}/network/files/local-kv.db
          - /var/lib/docker/{digits}.{digits}/overlay2/{hex}/link
          - /var/lib/docker/{digits}.{digits}/overlay2/{hex}/lower
          - /var/lib/docker/{digits}.{digits}/overlay2/{hex}-init/link
          - /var/lib/docker/{digits}.{digits}/overlay2/{hex}-init/lower

      - name: logs
        class: data
        reason: Written by the system while it runs.
        paths:
          - /var/log/wtmp
          - /var/log/btmp
          - /var/log/lastlog
          - /var/log/faillog
          - /var/log/dpkg.log
          - /var/log/alternatives.log
          - /var/log/journal/{hex}/system.journal
          - /var/log/journal/{hex}/user-{digits}.journal
          - /run/log/journal/{hex}/system.journal

      - name: host-keys
        class: data
        reason: Keys that the machine made for itself when it was set up.
        paths:
          - /etc/ssh/ssh_host_rsa_key
          - /etc/ssh/ssh_host_rsa_key.pub
          - /etc/ssh/ssh_host_ecdsa_key
          - /etc/ssh/ssh_host_ecdsa_key.pub
          - /etc/ssh/ssh_host_ed25519_key
          - /etc/ssh/ssh_host_ed25519_key.pub

      - name: machine-identity
        class: data
        reason: Random or chosen when the machine was set up.
        paths:
          - /etc/machine-id
          - /etc/hostname
          - /var/lib/dbus/machine-id
          - /var/lib/systemd/random-seed
          - /etc/adjtime

      - name: machine-configuration
        class: configuration
        reason: Written when the machine was set up; no package can know the content.
        paths:
          - /etc/fstab
          - /etc/crypttab
          - /etc/group
          - /etc/group-
          - /etc/gshadow
          - /etc/gshadow-
          - /etc/hosts
          - /etc/locale.conf
          - /etc/default/locale
          - /etc/localtime
          - /etc/modules
          - /etc/mtab
          - /etc/nsswitch.conf
          - /etc/passwd
          - /etc/passwd-
          - /etc/resolv.conf
          - /etc/shadow
          - /etc/shadow-
          - /etc/ssh/sshd_config
          - /etc/subgid
          - /etc/subuid
          - /etc/timezone
          - /etc/vconsole.conf

    # Configuration that names commands or libraries to run. A change here counts as changed code, also where the package calls
    # it configuration.
    code-paths:
      - /etc/X11/Xsession.d/*
      - /etc/anacrontab
      - /etc/apt/apt.conf
      - /etc/apt/apt.conf.d/*
      - /etc/bash.bashrc
      - /etc/bash_completion
      - /etc/bash_completion.d/*
      - /etc/binfmt.d/*
      - /etc/cron.d/*
      - /etc/cron.daily/*
      - /etc/cron.hourly/*
      - /etc/cron.monthly/*
      - /etc/cron.weekly/*
      - /etc/crontab
      - /etc/csh.cshrc
      - /etc/csh.login
      - /etc/dhcp/dhclient-enter-hooks.d/*
      - /etc/dhcp/dhclient-exit-hooks.d/*
      - /etc/environment
      - /etc/init.d/*
      - /etc/initramfs-tools/scripts/*/*
      - /etc/inittab
      - /etc/kernel/*/*
      - /etc/ld.so.conf
      - /etc/ld.so.conf.d/*.conf
      - /etc/ld.so.preload
      - /etc/logrotate.d/*
      - /etc/mailcap
      - /etc/modprobe.d/*.conf
      - /etc/modules-load.d/*.conf
      - /etc/pam.d/*
      - /etc/polkit-1/rules.d/*
      - /etc/profile
      - /etc/profile.d/*
      - /etc/rc.local
      - /etc/security/pam_env.conf
      - /etc/skel/.*
      - /etc/sudo.conf
      - /etc/sudoers
      - /etc/sudoers.d/*
      - /etc/sysctl.d/*
      - /etc/systemd/system/*
      - /etc/systemd/system/*/*
      - /etc/udev/rules.d/*
      - /etc/xdg/autostart/*
      - /etc/zsh/*

    """#
}
