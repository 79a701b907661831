package dev.caravan.job.webhook;

import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.hc.client5.http.DnsResolver;
import org.springframework.security.web.util.matcher.IpAddressMatcher;
import org.springframework.stereotype.Component;

/**
 * Which servers webhooks may reach: those of the internet, and those in {@code caravan.webhooks.allow-networks}. The client asks
 * this for the addresses of each host, and connects to these: so a name that leads elsewhere the next time does not help.
 * Thread-safe.
 */
@Component
class Receivers implements DnsResolver {
    /** Those that are no server's on the internet, or lead to one that is not: the special-purpose registries of IANA. */
    private static final List<IpAddressMatcher> SPECIAL = networks(
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/3",
            "2001::/23",
            "2001:db8::/32",
            "2002::/16",
            "3fff::/20");
    /** Of IPv6, all others are local, lead to an address of IPv4, or are given to nobody. */
    private static final IpAddressMatcher GLOBAL_V6 = new IpAddressMatcher("2000::/3");

    private static final Pattern LITERAL = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}|\\[.*]");
    private static final int LAST_PORT = 65535;
    /** Each that does not respond takes its time. */
    private static final int MOST_ADDRESSES = 4;

    private final List<IpAddressMatcher> allowed;
    private final HostLookup lookup;

    Receivers(WebhookSettings settings, HostLookup lookup) {
        this.allowed = networks(settings.allowNetworks().toArray(String[]::new));
        this.lookup = lookup;
    }

    private static List<IpAddressMatcher> networks(String... networks) {
        return Stream.of(networks).map(IpAddressMatcher::new).toList();
    }

    /** A host that may not be reached. */
    static final class NotAllowed extends UnknownHostException {
        private static final long serialVersionUID = 1;

        NotAllowed() {
            super("The receiver has an address that webhooks may not reach: see caravan.webhooks.allow-networks");
        }
    }

    /**
     * Reads a URL.
     *
     * @throws IllegalArgumentException if no webhook can have it, whatever the addresses of its host; the message says why
     */
    URI url(String text) {
        URI url;
        try {
            url = new URI(text);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("url is not a URL.", e);
        }
        String scheme = url.getScheme();
        if (url.getHost() == null
                || url.getPort() > LAST_PORT
                || !"https".equalsIgnoreCase(scheme) && !"http".equalsIgnoreCase(scheme)) {
            throw new IllegalArgumentException("url must be like https://example.org/hook.");
        }
        if ("http".equalsIgnoreCase(scheme) && allowed.isEmpty()) {
            throw new IllegalArgumentException("url must be https, unless caravan.webhooks.allow-networks is set.");
        }
        if (url.getRawUserInfo() != null || url.getRawFragment() != null) {
            throw new IllegalArgumentException("url must have no user and no fragment.");
        }
        if (LITERAL.matcher(url.getHost()).matches()) {
            try {
                allowed(InetAddress.getAllByName(url.getHost())); // an address: nobody is asked
            } catch (UnknownHostException e) {
                throw new IllegalArgumentException(
                        "url leads to an address that webhooks may not reach: see caravan.webhooks.allow-networks.", e);
            }
        }
        return url;
    }

    @Override
    public InetAddress[] resolve(String host) throws UnknownHostException {
        return allowed(lookup.addresses(host));
    }

    /** Not one of them, if one of them is not allowed: so a name that has both kinds does not get through now and then. */
    private InetAddress[] allowed(InetAddress... addresses) throws NotAllowed {
        for (InetAddress address : addresses) {
            if (!mayReach(address)) {
                throw new NotAllowed();
            }
        }
        return Arrays.copyOf(addresses, Math.min(addresses.length, MOST_ADDRESSES));
    }

    @Override
    public String resolveCanonicalHostname(String host) {
        return host;
    }

    boolean mayReach(InetAddress address) {
        String text = address.getHostAddress().replaceFirst("%.*", "");
        boolean isOfTheInternet = SPECIAL.stream().noneMatch(network -> network.matches(text))
                && (address.getAddress().length == 4 || GLOBAL_V6.matches(text));
        return isOfTheInternet || allowed.stream().anyMatch(network -> network.matches(text));
    }
}
