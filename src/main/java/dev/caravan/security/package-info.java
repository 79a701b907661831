/**
 * Who gets in: users and their roles, logins and their sessions, what each role may do, limits, and the audit log.
 * Knows Spring Security, and of the chat what it asks of whoever keeps its door.
 */
package dev.caravan.security;
