# usage: notify-receiver.pl SOCKET
# Stands in for systemd: prints each line that a service tells it on SOCKET (sd_notify(3)), and ends
# with its standard input. Perl, because Node.js has no datagrams of the Unix domain.
use strict;
use warnings;
use IO::Select;
use Socket;

my ($path) = @ARGV;
socket(my $socket, AF_UNIX, SOCK_DGRAM, 0) or die "socket: $!\n";
bind($socket, sockaddr_un($path)) or die "$path: $!\n";
$| = 1;
print "LISTENING\n";
my $select = IO::Select->new($socket, \*STDIN);
while (my @ready = $select->can_read) {
  for my $handle (@ready) {
    exit 0 if $handle == \*STDIN && !sysread(STDIN, my $ignored, 1);
    next unless $handle == $socket;
    defined recv($socket, my $message, 65536, 0) or die "recv: $!\n";
    print "$message\n";
  }
}
