/**
 * Names of the constants of socket calls, in strace's order.
 * @table
 * @see strace 6.1: xlat/; the headers of Linux 6.1
 */
import type { FlagTable } from './flag-text.ts';

export const MESSAGE_FLAGS: FlagTable = {
  unknown: 'MSG_???',
  names: [
    [0x1, 'MSG_OOB'],
    [0x2, 'MSG_PEEK'],
    [0x4, 'MSG_DONTROUTE'],
    [0x8, 'MSG_CTRUNC'],
    [0x10, 'MSG_PROBE'],
    [0x20, 'MSG_TRUNC'],
    [0x40, 'MSG_DONTWAIT'],
    [0x80, 'MSG_EOR'],
    [0x100, 'MSG_WAITALL'],
    [0x200, 'MSG_FIN'],
    [0x400, 'MSG_SYN'],
    [0x800, 'MSG_CONFIRM'],
    [0x1000, 'MSG_RST'],
    [0x2000, 'MSG_ERRQUEUE'],
    [0x4000, 'MSG_NOSIGNAL'],
    [0x8000, 'MSG_MORE'],
    [0x10000, 'MSG_WAITFORONE'],
    [0x20000, 'MSG_SENDPAGE_NOTLAST'],
    [0x40000, 'MSG_BATCH'],
    [0x80000, 'MSG_NO_SHARED_FRAGS'],
    [0x4000000, 'MSG_ZEROCOPY'],
    [0x20000000, 'MSG_FASTOPEN'],
    [0x40000000, 'MSG_CMSG_CLOEXEC'],
    [0x80000000, 'MSG_CMSG_COMPAT'],
  ],
};

export const SHUTDOWN_HOW: FlagTable = {
  unknown: 'SHUT_???',
  names: [
    [0, 'SHUT_RD'],
    [1, 'SHUT_WR'],
    [2, 'SHUT_RDWR'],
  ],
};

export const OPTION_LEVELS: FlagTable = {
  unknown: 'SOL_??',
  names: [
    [0, 'SOL_IP'],
    [1, 'SOL_SOCKET'],
    [6, 'SOL_TCP'],
    [17, 'SOL_UDP'],
    [41, 'SOL_IPV6'],
    [255, 'SOL_RAW'],
    [263, 'SOL_PACKET'],
    [270, 'SOL_NETLINK'],
  ],
};

/** The same of control data. */
export const CONTROL_LEVELS: FlagTable = { unknown: 'SOL_???', names: OPTION_LEVELS.names };

const SOCKET_OPTIONS: FlagTable = {
  unknown: 'SO_???',
  names: [
    [1, 'SO_DEBUG'],
    [2, 'SO_REUSEADDR'],
    [3, 'SO_TYPE'],
    [4, 'SO_ERROR'],
    [5, 'SO_DONTROUTE'],
    [6, 'SO_BROADCAST'],
    [7, 'SO_SNDBUF'],
    [8, 'SO_RCVBUF'],
    [9, 'SO_KEEPALIVE'],
    [10, 'SO_OOBINLINE'],
    [11, 'SO_NO_CHECK'],
    [12, 'SO_PRIORITY'],
    [13, 'SO_LINGER'],
    [14, 'SO_BSDCOMPAT'],
    [15, 'SO_REUSEPORT'],
    [16, 'SO_PASSCRED'],
    [17, 'SO_PEERCRED'],
    [18, 'SO_RCVLOWAT'],
    [19, 'SO_SNDLOWAT'],
    [20, 'SO_RCVTIMEO_OLD'],
    [21, 'SO_SNDTIMEO_OLD'],
    [25, 'SO_BINDTODEVICE'],
    [26, 'SO_ATTACH_FILTER'],
    [27, 'SO_DETACH_FILTER'],
    [28, 'SO_PEERNAME'],
    [29, 'SO_TIMESTAMP_OLD'],
    [30, 'SO_ACCEPTCONN'],
    [31, 'SO_PEERSEC'],
    [32, 'SO_SNDBUFFORCE'],
    [33, 'SO_RCVBUFFORCE'],
    [34, 'SO_PASSSEC'],
    [35, 'SO_TIMESTAMPNS_OLD'],
    [36, 'SO_MARK'],
    [37, 'SO_TIMESTAMPING_OLD'],
    [38, 'SO_PROTOCOL'],
    [39, 'SO_DOMAIN'],
    [40, 'SO_RXQ_OVFL'],
    [42, 'SO_PEEK_OFF'],
    [46, 'SO_BUSY_POLL'],
    [49, 'SO_INCOMING_CPU'],
    [57, 'SO_COOKIE'],
    [59, 'SO_PEERGROUPS'],
    [60, 'SO_ZEROCOPY'],
  ],
};

const IP_OPTIONS: FlagTable = {
  unknown: 'IP_???',
  names: [
    [1, 'IP_TOS'],
    [2, 'IP_TTL'],
    [3, 'IP_HDRINCL'],
    [4, 'IP_OPTIONS'],
    [8, 'IP_PKTINFO'],
    [10, 'IP_MTU_DISCOVER'],
    [11, 'IP_RECVERR'],
    [12, 'IP_RECVTTL'],
    [13, 'IP_RECVTOS'],
    [14, 'IP_MTU'],
    [15, 'IP_FREEBIND'],
    [19, 'IP_TRANSPARENT'],
    [24, 'IP_BIND_ADDRESS_NO_PORT'],
    [32, 'IP_MULTICAST_IF'],
    [33, 'IP_MULTICAST_TTL'],
    [34, 'IP_MULTICAST_LOOP'],
    [35, 'IP_ADD_MEMBERSHIP'],
    [36, 'IP_DROP_MEMBERSHIP'],
  ],
};

const TCP_OPTIONS: FlagTable = {
  unknown: 'TCP_???',
  names: [
    [1, 'TCP_NODELAY'],
    [2, 'TCP_MAXSEG'],
    [3, 'TCP_CORK'],
    [4, 'TCP_KEEPIDLE'],
    [5, 'TCP_KEEPINTVL'],
    [6, 'TCP_KEEPCNT'],
    [7, 'TCP_SYNCNT'],
    [8, 'TCP_LINGER2'],
    [9, 'TCP_DEFER_ACCEPT'],
    [10, 'TCP_WINDOW_CLAMP'],
    [11, 'TCP_INFO'],
    [12, 'TCP_QUICKACK'],
    [13, 'TCP_CONGESTION'],
    [18, 'TCP_USER_TIMEOUT'],
    [23, 'TCP_FASTOPEN'],
    [25, 'TCP_NOTSENT_LOWAT'],
    [30, 'TCP_FASTOPEN_CONNECT'],
  ],
};

const IPV6_OPTIONS: FlagTable = {
  unknown: 'IPV6_???',
  names: [
    [16, 'IPV6_UNICAST_HOPS'],
    [17, 'IPV6_MULTICAST_IF'],
    [18, 'IPV6_MULTICAST_HOPS'],
    [19, 'IPV6_MULTICAST_LOOP'],
    [20, 'IPV6_ADD_MEMBERSHIP'],
    [23, 'IPV6_MTU_DISCOVER'],
    [24, 'IPV6_MTU'],
    [25, 'IPV6_RECVERR'],
    [26, 'IPV6_V6ONLY'],
    [49, 'IPV6_RECVPKTINFO'],
    [66, 'IPV6_RECVTCLASS'],
    [67, 'IPV6_TCLASS'],
  ],
};

/** By level; other levels' options are numbers. */
export const OPTION_NAMES: ReadonlyMap<number, FlagTable> = new Map([
  [0, IP_OPTIONS],
  [1, SOCKET_OPTIONS],
  [6, TCP_OPTIONS],
  [41, IPV6_OPTIONS],
]);

/** What comes beside bytes, by level; other levels' types are numbers. */
export const CONTROL_TYPES: ReadonlyMap<number, FlagTable> = new Map([
  [
    1,
    {
      unknown: 'SCM_???',
      names: [
        [1, 'SCM_RIGHTS'],
        [2, 'SCM_CREDENTIALS'],
      ],
    },
  ],
  [
    0,
    {
      unknown: 'IP_???',
      names: [
        [1, 'IP_TOS'],
        [2, 'IP_TTL'],
        [3, 'SCM_SECURITY'],
        [6, 'IP_RECVOPTS'],
        [7, 'IP_RETOPTS'],
        [8, 'IP_PKTINFO'],
        [11, 'IP_RECVERR'],
        [20, 'IP_ORIGDSTADDR'],
        [23, 'IP_CHECKSUM'],
      ],
    },
  ],
]);
