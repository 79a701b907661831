package dev.caravan.security;

import dev.caravan.rest.ProxyHeaders;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/** Says, once a node is ready, whether guest may come in, from where, and how to close this. */
@Component
class GuestWarning {
    private static final Logger LOG = LoggerFactory.getLogger(GuestWarning.class);

    private final Users users;
    private final ProxyHeaders proxy;

    GuestWarning(Users users, ProxyHeaders proxy) {
        this.users = users;
        this.proxy = proxy;
    }

    @EventListener(ApplicationReadyEvent.class)
    void ready() {
        if (!users.hasGuest()) {
            return;
        }
        if (proxy.areBelieved()) {
            LOG.warn("Nobody can log in: caravan.users is empty, and guest may not come through the proxy that"
                    + " server.forward-headers-strategy (or the cloud) says is there. Set caravan.users.");
        } else {
            LOG.warn(
                    "guest/guest may do all here, for every user and program of this machine, and for whoever a proxy on it"
                            + " lets through without saying so. To close this set caravan.users.");
        }
    }
}
