package dev.caravan.security;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Arrays;
import java.util.Set;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.server.ServletServerHttpRequest;
import org.springframework.security.authorization.AuthorizationDecision;
import org.springframework.security.config.ObjectPostProcessor;
import org.springframework.security.config.annotation.authentication.builders.AuthenticationManagerBuilder;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.annotation.web.configurers.AuthorizeHttpRequestsConfigurer;
import org.springframework.security.config.observation.SecurityObservationSettings;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.access.intercept.AuthorizationFilter;
import org.springframework.security.web.authentication.WebAuthenticationDetails;
import org.springframework.security.web.authentication.ui.DefaultLoginPageGeneratingFilter;
import org.springframework.security.web.csrf.CookieCsrfTokenRepository;
import org.springframework.security.web.csrf.CsrfToken;
import org.springframework.security.web.csrf.CsrfTokenRequestAttributeHandler;
import org.springframework.security.web.header.HeaderWriterFilter;
import org.springframework.security.web.servlet.util.matcher.PathPatternRequestMatcher;
import org.springframework.web.util.WebUtils;

/**
 * The filter chain and the access rules: the first matching rule applies, and paths without a rule need the role {@code
 * user}. AccessMatrixTest has the table.
 */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({SecuritySettings.class, UserSettings.class})
class SecurityConfiguration {
    static final String SESSION_COOKIE = "SESSION";

    private static final Set<String> READING = Set.of("GET", "HEAD", "OPTIONS", "TRACE");

    @Bean
    SecurityFilterChain filterChain(
            HttpSecurity http,
            SecuritySettings settings,
            PasswordLogin passwords,
            LoginSessions sessions,
            LoginOutcome outcome,
            SecurityProblems problems,
            AuditLog audit,
            RequestRate rate,
            ObjectProvider<JwtDecoder> tokens,
            @Value("${caravan.routes.approval:false}") boolean approval)
            throws Exception {
        // The parent would call the same provider again, and count a wrong password twice.
        http.getSharedObject(AuthenticationManagerBuilder.class).parentAuthenticationManager(null);
        http.authenticationProvider(passwords)
                .securityContext(context -> context.securityContextRepository(sessions))
                .requestCache(AbstractHttpConfigurer::disable)
                .authorizeHttpRequests(rules -> rules(rules, settings, approval))
                .exceptionHandling(
                        failures -> failures.authenticationEntryPoint(problems).accessDeniedHandler(problems))
                .formLogin(form -> form.loginPage(LoginConfiguration.FORM)
                        .authenticationDetailsSource(SecurityConfiguration::caller)
                        .successHandler(outcome)
                        .failureHandler(outcome))
                .httpBasic(basic -> basic.authenticationEntryPoint(problems)
                        .authenticationDetailsSource(SecurityConfiguration::caller))
                .logout(logout -> logout.logoutRequestMatcher(
                                path().matcher(HttpMethod.POST, LoginConfiguration.LOGOUT))
                        .addLogoutHandler(outcome)
                        .deleteCookies(SESSION_COOKIE)
                        .logoutSuccessHandler(outcome))
                .csrf(csrf -> csrf.csrfTokenRepository(CookieCsrfTokenRepository.withHttpOnlyFalse())
                        .csrfTokenRequestHandler(new TokenInHeader())
                        .requireCsrfProtectionMatcher(SecurityConfiguration::isForgeable))
                .headers(headers -> headers.defaultsDisabled()
                        .addHeaderWriter(
                                (request, response) -> SecurityHeaders.of(request.getRequestURI(), request.isSecure())
                                        .forEach(response::setHeader))
                        .withObjectPostProcessor(new Eagerly()))
                .addFilterBefore(new RequestLimit(rate, audit), AuthorizationFilter.class)
                .addFilterBefore(new ClientIdentityFilter(settings), AuthorizationFilter.class);
        JwtDecoder decoder = tokens.getIfAvailable();
        if (decoder != null) {
            http.oauth2ResourceServer(
                    server -> server.authenticationEntryPoint(problems).jwt(jwt -> jwt.decoder(decoder)));
        }
        SecurityFilterChain chain = http.build();
        chain.getFilters().removeIf(DefaultLoginPageGeneratingFilter.class::isInstance);
        return chain;
    }

    /** Observing each filter for each request would cost more than the filters do. */
    @Bean
    SecurityObservationSettings noObservations() {
        return SecurityObservationSettings.noObservations();
    }

    private static void rules(
            AuthorizeHttpRequestsConfigurer<HttpSecurity>.AuthorizationManagerRequestMatcherRegistry rules,
            SecuritySettings settings,
            boolean approval) {
        // Jobs first: most requests are for them.
        rules.requestMatchers(path().matcher(HttpMethod.POST, "/jobs/types/**"))
                .hasAnyAuthority(Role.OPERATOR.authorities());
        // Bodies and headers within a route may be more than what its user has sent.
        rules.requestMatchers(matchers("/jobs/{id}/recording", "/jobs/types/{type}/recordings"))
                .hasAnyAuthority(Role.authoritiesOf(Role.OPERATOR, Role.AUTHOR));
        rules.requestMatchers(matchers("/jobs/**")).hasAnyAuthority(Role.USER.authorities());
        rules.requestMatchers(matchers("/me", "/login/**", "/pages.css", "/logout", "/actuator/health/**"))
                .permitAll();
        // Whoever signs for a hook need not log in: the route checks the signature.
        rules.requestMatchers(path().matcher(HttpMethod.POST, "/hooks/{name}")).permitAll();
        // A client may still log in with CONNECT: the chat has its own access control.
        rules.requestMatchers(matchers("/ws/chat/**")).permitAll();
        rules.requestMatchers(matchers("/chat/**", "/webjars/**"))
                .access((login, context) -> new AuthorizationDecision(
                        Role.USER.isOf(login.get()) || settings.mayChat(ClientAddresses.of(context.getRequest()))));
        rules.requestMatchers(matchers("/actuator/prometheus")).hasAnyAuthority(Role.MONITOR.authorities());
        rules.requestMatchers(
                        matchers("/events/**", "/webhooks/**", "/hooks/**", "/nodes/**", "/actuator/**", "/hawtio/**"))
                .hasAnyAuthority(Role.OPERATOR.authorities());
        // A schedule is nobody's own: who pauses one pauses it for all.
        rules.requestMatchers(path().matcher(HttpMethod.GET, "/schedules/**")).hasAnyAuthority(Role.USER.authorities());
        rules.requestMatchers(matchers("/schedules/**")).hasAnyAuthority(Role.OPERATOR.authorities());
        // What people say is in those of the chat.
        rules.requestMatchers(matchers("/routes/recordings/**")).hasAnyAuthority(Role.OPERATOR.authorities());
        rules.requestMatchers(path().matcher(HttpMethod.GET, "/routes/**"))
                .hasAnyAuthority(Role.authoritiesOf(Role.OPERATOR, Role.AUTHOR, Role.APPROVER));
        rules.requestMatchers(path().matcher(HttpMethod.POST, "/routes/drafts/{draft}/publish"))
                .hasAnyAuthority(
                        approval ? Role.APPROVER.authorities() : Role.authoritiesOf(Role.AUTHOR, Role.APPROVER));
        rules.requestMatchers(matchers("/routes/**")).hasAnyAuthority(Role.AUTHOR.authorities());
        for (SecuritySettings.Path yours : settings.access()) {
            var matcher = path().matcher(yours.path());
            var rule = rules.requestMatchers(
                    request -> (yours.methods().isEmpty() || yours.methods().contains(request.getMethod()))
                            && matcher.matches(request));
            if (yours.role() == null) {
                rule.permitAll();
            } else {
                rule.hasAnyAuthority(yours.role().authorities());
            }
        }
        rules.anyRequest().hasAnyAuthority(Role.USER.authorities());
    }

    /**
     * Whether another site could have made a browser send this request: it changes something, and the browser reports
     * another origin, or adds the credentials by itself: the cookie, or a password typed into its own login window.
     * SockJS frames are covered by the token in CONNECT.
     */
    private static boolean isForgeable(HttpServletRequest request) {
        if (READING.contains(request.getMethod()) || request.getRequestURI().startsWith("/ws/")) {
            return false;
        }
        return request.getRequestURI().equals(LoginConfiguration.FORM)
                || isOfAnotherSite(request)
                || request.getHeader(HttpHeaders.AUTHORIZATION) == null && request.getSession(false) != null;
    }

    /** Whether a browser reports another site, by either header. {@code Origin: null} matches no site. */
    private static boolean isOfAnotherSite(HttpServletRequest request) {
        String site = request.getHeader("Sec-Fetch-Site");
        if (site != null && !site.equals("same-origin") && !site.equals("none")) {
            return true;
        }
        try {
            return request.getHeader(HttpHeaders.ORIGIN) != null
                    && !WebUtils.isSameOrigin(new ServletServerHttpRequest(request));
        } catch (IllegalArgumentException e) {
            return true; // not a valid Origin
        }
    }

    /** The address of a login; a client behind a proxy on this machine does not count as local. */
    private static WebAuthenticationDetails caller(HttpServletRequest request) {
        return new WebAuthenticationDetails(ClientAddresses.of(request), null);
    }

    private static PathPatternRequestMatcher.Builder path() {
        return PathPatternRequestMatcher.withDefaults();
    }

    private static PathPatternRequestMatcher[] matchers(String... patterns) {
        return Arrays.stream(patterns).map(path()::matcher).toArray(PathPatternRequestMatcher[]::new);
    }

    /** Reads the token from the header only: a token in the body would have to be read before the user is known. */
    private static final class TokenInHeader extends CsrfTokenRequestAttributeHandler {
        @Override
        public String resolveCsrfTokenValue(HttpServletRequest request, CsrfToken token) {
            return request.getHeader(token.getHeaderName());
        }
    }

    /** Writes headers before the response is handled: routes respond asynchronously, on the plain response. */
    private static final class Eagerly implements ObjectPostProcessor<HeaderWriterFilter> {
        @Override
        public <T extends HeaderWriterFilter> T postProcess(T filter) {
            filter.setShouldWriteHeadersEagerly(true);
            return filter;
        }
    }
}
