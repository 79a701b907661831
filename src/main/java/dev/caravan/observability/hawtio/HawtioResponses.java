package dev.caravan.observability.hawtio;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpSession;
import java.security.Principal;
import java.util.List;
import java.util.Map;
import org.springframework.http.MediaType;
import org.springframework.security.web.csrf.CsrfToken;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.view.RedirectView;

/** What Hawtio's pages request besides files: the user, and its ways to log in or to reach other JVMs, of which Caravan has none. */
@RestController
@RequestMapping(path = HawtioConfiguration.HAWTIO, produces = MediaType.APPLICATION_JSON_VALUE)
class HawtioResponses {
    /** JSON text, with the cookie that the pages need for requests to Jolokia. */
    @GetMapping("/user")
    String user(Principal user, HttpServletRequest request) {
        ((CsrfToken) request.getAttribute(CsrfToken.class.getName())).getToken();
        return "\"" + user.getName().replaceAll("[\"\\\\\\p{Cntrl}]", "?") + "\"";
    }

    @GetMapping("/plugin")
    List<Object> plugins() {
        return List.of();
    }

    @GetMapping("/preset-connections")
    List<Object> connections() {
        return List.of();
    }

    @GetMapping({"/proxy/enabled", "/keycloak/enabled"})
    boolean disabled() {
        return false;
    }

    @GetMapping("/auth/config")
    Map<String, Object> otherLogins() {
        return Map.of();
    }

    /** Seconds, so that the page can warn. */
    @GetMapping("/auth/config/session-timeout")
    Map<String, Object> timeout(HttpServletRequest request) {
        HttpSession session = request.getSession(false);
        return session == null ? Map.of() : Map.of("timeout", session.getMaxInactiveInterval());
    }

    /** Hawtio logs out by a link, Caravan by a POST: the login page has a button for it. */
    @GetMapping("/auth/logout")
    RedirectView logout() {
        return new RedirectView("/login?out");
    }

    /** Disables the pages of the console that have nothing to show here. */
    @GetMapping("/hawtconfig.json")
    Map<String, Object> config() {
        return Map.of(
                "branding", Map.of("appName", "Caravan", "showAppLogo", true, "appLogoUrl", "img/hawtio-logo.svg"),
                "about", Map.of("title", "Caravan", "description", "The routes of this node, over JMX"),
                "disabledRoutes", List.of("/connect"));
    }
}
