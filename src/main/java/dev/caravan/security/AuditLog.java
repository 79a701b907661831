package dev.caravan.security;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.security.Principal;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;
import org.springframework.stereotype.Component;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;

/**
 * The audit log: the logger {@code caravan.audit} gets a line for each login, logout, denial and request that may
 * change something; {@code caravan.audit.jobs}, off by default, one for each request that submits jobs or comes to a hook. It
 * contains no secrets, and text from clients cannot start a new line.
 */
@Component
public class AuditLog {
    private static final Logger AUDIT = LoggerFactory.getLogger("caravan.audit");
    private static final Logger JOBS = LoggerFactory.getLogger("caravan.audit.jobs");
    private static final Pattern SUBMISSION = Pattern.compile("/jobs(/(?!bulk$)[^/]*)?|/hooks/[^/]*");
    private static final int LONGEST = 200;
    /** Ends of lines, controls, and what is not seen or turns the direction of writing. */
    private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]");

    void login(String name, String address) {
        write(AUDIT, "login", name, address, "");
    }

    void failedLogin(String name, String address) {
        write(AUDIT, "login denied", name, address, "");
    }

    void logout(String name, String address) {
        write(AUDIT, "logout", name, address, "");
    }

    /**
     * Records a call of an MBean's operation or a write of its attribute before it runs, on the request's thread.
     *
     * @param allowed false if it was denied
     * @param what the MBean and what is done with it, as the client wrote it
     */
    public void jmx(Principal login, boolean allowed, String what) {
        String address = RequestContextHolder.getRequestAttributes() instanceof ServletRequestAttributes attributes
                ? ClientAddresses.of(attributes.getRequest())
                : "-";
        write(AUDIT, allowed ? "jmx" : "jmx denied", login == null ? "-" : login.getName(), address, what);
    }

    void denied(HttpServletRequest request) {
        write(AUDIT, "denied", name(request), ClientAddresses.of(request), line(request));
    }

    /** Processes the request, and records its outcome if it may have changed something. */
    void record(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        chain.doFilter(request, response);
        Logger logger = logger(request.getMethod(), request.getRequestURI());
        if (logger.isInfoEnabled() && !isReading(request)) {
            // Routes respond later, on other threads: there is no status yet.
            String outcome = request.isAsyncStarted() ? "" : " " + response.getStatus();
            write(logger, "request", name(request), ClientAddresses.of(request), line(request) + outcome);
        }
    }

    /** Records a request that no filter sees, if it may change something. */
    void record(String method, String path, String user, String address) {
        Logger logger = logger(method, path);
        if (logger.isInfoEnabled() && !isReading(method)) {
            write(logger, "request", user, address, method + " " + path);
        }
    }

    /** What is done to jobs that are there concerns those who did not submit them. */
    private static Logger logger(String method, String path) {
        return method.equals("POST") && SUBMISSION.matcher(path).matches() ? JOBS : AUDIT;
    }

    private static boolean isReading(String method) {
        return switch (method) {
            case "GET", "HEAD", "OPTIONS", "TRACE" -> true;
            default -> false;
        };
    }

    private static boolean isReading(HttpServletRequest request) {
        return isReading(request.getMethod())
                || request.getRequestURI().startsWith("/ws/") // the frames of SockJS
                || request.getRequestURI().startsWith("/hawtio/jolokia"); // JolokiaPolicy knows what is changed
    }

    private static String line(HttpServletRequest request) {
        return request.getMethod() + " " + request.getRequestURI();
    }

    static String name(HttpServletRequest request) {
        Principal principal = request.getUserPrincipal();
        return principal == null ? "-" : principal.getName();
    }

    private static void write(Logger logger, String event, String user, String address, String what) {
        LoggingEventBuilder line = logger.atInfo()
                .addKeyValue("event", event)
                .addKeyValue("user", printable(user))
                .addKeyValue("address", address);
        line.log(what.isEmpty() ? "{} {} {}" : "{} {} {} {}", event, printable(user), address, printable(what));
    }

    private static String printable(String text) {
        String safe = text == null ? "-" : UNPRINTABLE.matcher(text).replaceAll("?");
        return safe.length() > LONGEST ? safe.substring(0, LONGEST) + "…" : safe;
    }
}
