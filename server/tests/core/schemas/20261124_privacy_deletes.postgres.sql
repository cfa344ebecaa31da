-- A database as the first release left it, at revision 20261124_privacy_deletes: a few rows of every table.
-- The policies' texts are cut to {}. Nothing changes this file: databases like it are out there.


SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET client_min_messages = warning;

CREATE FUNCTION public.consent_append_only() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION 'the consent ledger is append-only'; END $$;

CREATE FUNCTION public.policy_text_kept() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
        BEGIN
            IF EXISTS (SELECT 1 FROM consent WHERE text_hash = OLD.hash) THEN
                RAISE EXCEPTION 'the consent ledger is append-only';
            END IF;
            RETURN OLD;
        END
        $$;

CREATE TABLE public.account (
    id uuid NOT NULL,
    tenant character varying(43) NOT NULL,
    name character varying(64) NOT NULL,
    locale character varying(8) NOT NULL,
    state character varying(16) NOT NULL,
    created_at timestamp with time zone NOT NULL
);

CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);

CREATE TABLE public.consent (
    id uuid NOT NULL,
    account_id uuid,
    guest_id uuid,
    run_id uuid,
    kind character varying(16) NOT NULL,
    version character varying(16) NOT NULL,
    text_hash character varying(64) NOT NULL,
    lang character varying(8) NOT NULL,
    surface character varying(32) NOT NULL,
    state character varying(16) NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT ck_consent_guest_in_run CHECK (((guest_id IS NULL) OR (run_id IS NOT NULL))),
    CONSTRAINT ck_consent_one_subject CHECK (((account_id IS NULL) <> (guest_id IS NULL)))
);

CREATE TABLE public.identity (
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    kind character varying(16) NOT NULL,
    lookup bytea NOT NULL,
    phone character varying(20),
    email character varying(254),
    created_at timestamp with time zone NOT NULL,
    verified_at timestamp with time zone,
    CONSTRAINT ck_identity_email_of_its_kind CHECK ((((kind)::text = 'email'::text) = (email IS NOT NULL))),
    CONSTRAINT ck_identity_phone_of_its_kind CHECK ((((kind)::text = 'phone'::text) = (phone IS NOT NULL)))
);

CREATE TABLE public.installation (
    id integer NOT NULL,
    key_check bytea NOT NULL,
    CONSTRAINT ck_installation_one_row CHECK ((id = 1))
);

CREATE TABLE public.login_session (
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    credential_hash bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

CREATE TABLE public.meeting (
    id uuid NOT NULL,
    number character varying(11) NOT NULL,
    creator_account_id uuid,
    tenant character varying(43) NOT NULL,
    kind character varying(12) NOT NULL,
    topic character varying(100) NOT NULL,
    passcode character varying(6),
    host_key_hash bytea,
    host_key_used_at timestamp with time zone,
    host_key_seat integer,
    created_at timestamp with time zone NOT NULL,
    released_at timestamp with time zone
);

CREATE TABLE public.meeting_run (
    id uuid NOT NULL,
    meeting_id uuid NOT NULL,
    tenant character varying(43) NOT NULL,
    number character varying(11) NOT NULL,
    topic character varying(100) NOT NULL,
    host_account_id uuid,
    created_at timestamp with time zone NOT NULL,
    started_at timestamp with time zone,
    ended_at timestamp with time zone,
    end_reason character varying(20),
    term integer NOT NULL,
    media_room character varying(43) NOT NULL
);

CREATE TABLE public.one_time_code (
    id uuid NOT NULL,
    phone_lookup bytea NOT NULL,
    code_hash bytea,
    tries integer NOT NULL,
    issued_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    consent_privacy character varying(16) NOT NULL,
    consent_terms character varying(16) NOT NULL,
    consent_lang character varying(8) NOT NULL
);

CREATE TABLE public.participation (
    id uuid NOT NULL,
    run_id uuid NOT NULL,
    seat integer NOT NULL,
    name character varying(64) NOT NULL,
    role character varying(12) NOT NULL,
    joined_at timestamp with time zone NOT NULL,
    left_at timestamp with time zone
);

CREATE TABLE public.policy_text (
    hash character varying(64) NOT NULL,
    kind character varying(16) NOT NULL,
    version character varying(16) NOT NULL,
    lang character varying(8) NOT NULL,
    body text NOT NULL
);

CREATE TABLE public.registration (
    credential_hash bytea NOT NULL,
    phone character varying(20) NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

CREATE TABLE public.seat (
    run_id uuid NOT NULL,
    number integer NOT NULL,
    kind character varying(10) NOT NULL,
    account_id uuid,
    guest_id uuid,
    name character varying(64) NOT NULL,
    role character varying(12) NOT NULL,
    space character varying(20) NOT NULL,
    media character varying(43) NOT NULL,
    ticket_hash bytea,
    ticket_expires_at timestamp with time zone,
    resume_hash bytea,
    former_resume_hash bytea,
    last_seen_at timestamp with time zone,
    removed_at timestamp with time zone,
    ticket_name character varying(64),
    ticket_role character varying(12),
    ticket_space character varying(20)
);

CREATE TABLE public.seat_bar (
    run_id uuid NOT NULL,
    seat integer NOT NULL,
    source character varying(20) NOT NULL
);

INSERT INTO public.account (id, tenant, name, locale, state, created_at) VALUES ('019cd12e-5300-70a8-92f2-6491520f9a63', 'person:019cd12e-5300-70a8-92f2-6491520f9a63', '林晓', 'zh', 'active', '2026-03-09 06:00:00+00');
INSERT INTO public.account (id, tenant, name, locale, state, created_at) VALUES ('019cd12e-5300-7739-a662-24b45b726008', 'person:019cd12e-5300-7739-a662-24b45b726008', 'Emma', 'en', 'active', '2026-03-09 06:00:00+00');

INSERT INTO public.alembic_version (version_num) VALUES ('20261124_privacy_deletes');

INSERT INTO public.consent (id, account_id, guest_id, run_id, kind, version, text_hash, lang, surface, state, at) VALUES ('019cd12e-5300-737c-a347-e29513c73d09', '019cd12e-5300-70a8-92f2-6491520f9a63', NULL, NULL, 'privacy', '1', '46e9ad164e2daa6058785c472cb4f5bd606fb346eb67e1656f2a55897917086b', 'zh', 'web_sign_up', 'given', '2026-03-09 06:00:00+00');
INSERT INTO public.consent (id, account_id, guest_id, run_id, kind, version, text_hash, lang, surface, state, at) VALUES ('019cd12e-5300-7f9c-b61c-473fd10a8593', '019cd12e-5300-70a8-92f2-6491520f9a63', NULL, NULL, 'terms', '1', '72b4e94552f8bb21e7b9d5e28f38fd0d5a6f6fd94ff5918b87119d04047c30a2', 'zh', 'web_sign_up', 'given', '2026-03-09 06:00:00+00');
INSERT INTO public.consent (id, account_id, guest_id, run_id, kind, version, text_hash, lang, surface, state, at) VALUES ('019cd12e-5300-755a-8325-3a8b284aae7c', '019cd12e-5300-7739-a662-24b45b726008', NULL, NULL, 'privacy', '1', '3ee5505dc143e784fdc188435419bb8104eb000c8f7b30ed5c98b6a9aa278093', 'en', 'web_sign_up', 'given', '2026-03-09 06:00:00+00');
INSERT INTO public.consent (id, account_id, guest_id, run_id, kind, version, text_hash, lang, surface, state, at) VALUES ('019cd12e-5300-759d-bb29-d1e51f7b60a7', '019cd12e-5300-7739-a662-24b45b726008', NULL, NULL, 'terms', '1', '9b3dfa280eb6cafb5f2a4aaa19d622d1954ea12543d88b76322035c2c3483f96', 'en', 'web_sign_up', 'given', '2026-03-09 06:00:00+00');
INSERT INTO public.consent (id, account_id, guest_id, run_id, kind, version, text_hash, lang, surface, state, at) VALUES ('019cd12e-5300-7f7f-a526-6400be8ae508', NULL, 'e3412eb9-6f8b-406d-bc94-1a167391df94', '019cd12e-5300-771d-aad8-442ac3caeaf4', 'privacy', '1', '46e9ad164e2daa6058785c472cb4f5bd606fb346eb67e1656f2a55897917086b', 'zh', 'web_join', 'given', '2026-03-09 06:00:00+00');
INSERT INTO public.consent (id, account_id, guest_id, run_id, kind, version, text_hash, lang, surface, state, at) VALUES ('019cd12e-5300-784d-bce1-133b44e4d7bb', NULL, 'e3412eb9-6f8b-406d-bc94-1a167391df94', '019cd12e-5300-771d-aad8-442ac3caeaf4', 'terms', '1', '72b4e94552f8bb21e7b9d5e28f38fd0d5a6f6fd94ff5918b87119d04047c30a2', 'zh', 'web_join', 'given', '2026-03-09 06:00:00+00');
INSERT INTO public.consent (id, account_id, guest_id, run_id, kind, version, text_hash, lang, surface, state, at) VALUES ('019cd165-4950-7165-8e4a-1eccfc5c651a', NULL, '7a6ec0a6-9381-46cf-846a-f7a7bfd510c3', '019cd165-4950-7ce7-aa62-30e88ecca78b', 'privacy', '1', '46e9ad164e2daa6058785c472cb4f5bd606fb346eb67e1656f2a55897917086b', 'zh', 'web_join', 'given', '2026-03-09 07:00:02+00');
INSERT INTO public.consent (id, account_id, guest_id, run_id, kind, version, text_hash, lang, surface, state, at) VALUES ('019cd165-4950-7167-8bb2-aa0475f0bda5', NULL, '7a6ec0a6-9381-46cf-846a-f7a7bfd510c3', '019cd165-4950-7ce7-aa62-30e88ecca78b', 'terms', '1', '72b4e94552f8bb21e7b9d5e28f38fd0d5a6f6fd94ff5918b87119d04047c30a2', 'zh', 'web_join', 'given', '2026-03-09 07:00:02+00');
INSERT INTO public.consent (id, account_id, guest_id, run_id, kind, version, text_hash, lang, surface, state, at) VALUES ('019cd165-4950-76c0-8f09-3790ba129306', NULL, '0cf879e4-5526-424a-8fe9-6974412f49fe', '019cd165-4950-7ce7-aa62-30e88ecca78b', 'privacy', '1', '46e9ad164e2daa6058785c472cb4f5bd606fb346eb67e1656f2a55897917086b', 'zh', 'web_join', 'given', '2026-03-09 07:00:02+00');
INSERT INTO public.consent (id, account_id, guest_id, run_id, kind, version, text_hash, lang, surface, state, at) VALUES ('019cd165-4950-79cf-b924-8aacb51a51e2', NULL, '0cf879e4-5526-424a-8fe9-6974412f49fe', '019cd165-4950-7ce7-aa62-30e88ecca78b', 'terms', '1', '72b4e94552f8bb21e7b9d5e28f38fd0d5a6f6fd94ff5918b87119d04047c30a2', 'zh', 'web_join', 'given', '2026-03-09 07:00:02+00');
INSERT INTO public.consent (id, account_id, guest_id, run_id, kind, version, text_hash, lang, surface, state, at) VALUES ('019cd165-4950-7670-a0a1-8ed73744853f', NULL, 'c75e1263-1d1e-4867-9c67-d5685b6d2870', '019cd165-4950-7ce7-aa62-30e88ecca78b', 'privacy', '1', '46e9ad164e2daa6058785c472cb4f5bd606fb346eb67e1656f2a55897917086b', 'zh', 'web_join', 'given', '2026-03-09 07:00:02+00');
INSERT INTO public.consent (id, account_id, guest_id, run_id, kind, version, text_hash, lang, surface, state, at) VALUES ('019cd165-4950-7728-9cd6-1104fe1fc483', NULL, 'c75e1263-1d1e-4867-9c67-d5685b6d2870', '019cd165-4950-7ce7-aa62-30e88ecca78b', 'terms', '1', '72b4e94552f8bb21e7b9d5e28f38fd0d5a6f6fd94ff5918b87119d04047c30a2', 'zh', 'web_join', 'given', '2026-03-09 07:00:02+00');

INSERT INTO public.identity (id, account_id, kind, lookup, phone, email, created_at, verified_at) VALUES ('019cd12e-5300-7071-8a10-b29a48abfd98', '019cd12e-5300-70a8-92f2-6491520f9a63', 'phone', '\x21bb31615650ce99da2cba97016cbf8a29c2b30916b7f716fed020f66a5c051f', '+8613800000001', NULL, '2026-03-09 06:00:00+00', '2026-03-09 06:00:00+00');
INSERT INTO public.identity (id, account_id, kind, lookup, phone, email, created_at, verified_at) VALUES ('019cd12e-5300-76e5-8614-b6a6e6495f1b', '019cd12e-5300-70a8-92f2-6491520f9a63', 'email', '\x0dcbf54114b9172b45e999803cb2283ee293a0ea69aa6a7e5f9e71a526c01325', NULL, 'user1@example.com', '2026-03-09 06:00:00+00', NULL);
INSERT INTO public.identity (id, account_id, kind, lookup, phone, email, created_at, verified_at) VALUES ('019cd12e-5300-74ad-90e4-70e5ad378c06', '019cd12e-5300-7739-a662-24b45b726008', 'phone', '\x63101f68035b9691cf0a92522c00fa2ed90bdf1a1975084a062039e8d125c413', '+8613800000002', NULL, '2026-03-09 06:00:00+00', '2026-03-09 06:00:00+00');
INSERT INTO public.identity (id, account_id, kind, lookup, phone, email, created_at, verified_at) VALUES ('019cd12e-5300-7267-bd7d-cabef5fe0b53', '019cd12e-5300-7739-a662-24b45b726008', 'email', '\x69b990a7864e91979ebfcd488c8535d3b66bb7a6baac26bd90d5ffdc45f1b5b8', NULL, 'user2@example.com', '2026-03-09 06:00:00+00', NULL);

INSERT INTO public.installation (id, key_check) VALUES (1, '\x72c2fb734513fb5ced208e1280c3571037981d765c2dc975e78805e282bdcdf6');

INSERT INTO public.login_session (id, account_id, credential_hash, created_at, seen_at, expires_at) VALUES ('019cd12e-5300-7ea9-bc2c-695f618e77ff', '019cd12e-5300-70a8-92f2-6491520f9a63', '\x27c2bf5ec2c11e7bef137c582fb9f137f87bcb4eef588156323749bed6f17691', '2026-03-09 06:00:00+00', '2026-03-09 06:00:00+00', '2026-04-08 06:00:00+00');
INSERT INTO public.login_session (id, account_id, credential_hash, created_at, seen_at, expires_at) VALUES ('019cd12e-5300-7283-95a9-acaa764e6988', '019cd12e-5300-7739-a662-24b45b726008', '\xcc069a53da4093a9359ae3cdc1cde94828ec67742524a08c9ea2bf0999c2ee9a', '2026-03-09 06:00:00+00', '2026-03-09 07:00:02+00', '2026-04-08 06:00:00+00');

INSERT INTO public.meeting (id, number, creator_account_id, tenant, kind, topic, passcode, host_key_hash, host_key_used_at, host_key_seat, created_at, released_at) VALUES ('019cd12e-5300-7718-abd8-37786067bbd7', '613896639', '019cd12e-5300-70a8-92f2-6491520f9a63', 'person:019cd12e-5300-70a8-92f2-6491520f9a63', 'instant', '上周的会', NULL, NULL, NULL, NULL, '2026-03-09 06:00:00+00', '2026-03-09 06:00:00+00');
INSERT INTO public.meeting (id, number, creator_account_id, tenant, kind, topic, passcode, host_key_hash, host_key_used_at, host_key_seat, created_at, released_at) VALUES ('019cd165-4950-7c15-9df2-5d18e4071593', '614260248', '019cd12e-5300-7739-a662-24b45b726008', 'person:019cd12e-5300-7739-a662-24b45b726008', 'instant', 'Weekly', '162742', NULL, NULL, NULL, '2026-03-09 07:00:02+00', NULL);

INSERT INTO public.meeting_run (id, meeting_id, tenant, number, topic, host_account_id, created_at, started_at, ended_at, end_reason, term, media_room) VALUES ('019cd12e-5300-771d-aad8-442ac3caeaf4', '019cd12e-5300-7718-abd8-37786067bbd7', 'person:019cd12e-5300-70a8-92f2-6491520f9a63', '613896639', '上周的会', '019cd12e-5300-70a8-92f2-6491520f9a63', '2026-03-09 06:00:00+00', '2026-03-09 06:00:00+00', '2026-03-09 06:00:00+00', 'host', 1, 'P1Xpl10-YFx0QSpyVT7mLNQa0vxAUtFX6C5CIPyE4Mk');
INSERT INTO public.meeting_run (id, meeting_id, tenant, number, topic, host_account_id, created_at, started_at, ended_at, end_reason, term, media_room) VALUES ('019cd165-4950-7ce7-aa62-30e88ecca78b', '019cd165-4950-7c15-9df2-5d18e4071593', 'person:019cd12e-5300-7739-a662-24b45b726008', '614260248', 'Weekly', '019cd12e-5300-7739-a662-24b45b726008', '2026-03-09 07:00:02+00', '2026-03-09 07:00:02+00', NULL, NULL, 1, 'oSBuoTbz1WRuXawqCFT4xlHhA2pDKS3geDXE5iu-Yyk');

INSERT INTO public.one_time_code (id, phone_lookup, code_hash, tries, issued_at, expires_at, consent_privacy, consent_terms, consent_lang) VALUES ('019cd12e-5300-7d8f-b6c9-e327d87c3369', '\x21bb31615650ce99da2cba97016cbf8a29c2b30916b7f716fed020f66a5c051f', NULL, 1, '2026-03-09 06:00:00+00', '2026-03-09 06:05:00+00', '1', '1', 'zh');
INSERT INTO public.one_time_code (id, phone_lookup, code_hash, tries, issued_at, expires_at, consent_privacy, consent_terms, consent_lang) VALUES ('019cd12e-5300-7e67-ab93-c179ee727ae5', '\x63101f68035b9691cf0a92522c00fa2ed90bdf1a1975084a062039e8d125c413', NULL, 1, '2026-03-09 06:00:00+00', '2026-03-09 06:05:00+00', '1', '1', 'zh');
INSERT INTO public.one_time_code (id, phone_lookup, code_hash, tries, issued_at, expires_at, consent_privacy, consent_terms, consent_lang) VALUES ('019cd165-4950-7864-874a-4e3a3f4b551a', '\x84c87d09d70eda93dd810e8be96ec60970d624473df1b8b363404f4e4c0067d5', '\x32460656e1b76c6f1e694f3b6c82acbac442d2339982bc8e62cf9e74b0a351ea', 0, '2026-03-09 07:00:02+00', '2026-03-09 07:05:02+00', '1', '1', 'zh');
INSERT INTO public.one_time_code (id, phone_lookup, code_hash, tries, issued_at, expires_at, consent_privacy, consent_terms, consent_lang) VALUES ('019cd165-4950-73dd-ad77-0f9984d3ba67', '\xc70b49eec294d5a4bba0287a5b780546a426fe8fce705232afe6dfb38d03655e', NULL, 1, '2026-03-09 07:00:02+00', '2026-03-09 07:05:02+00', '1', '1', 'zh');

INSERT INTO public.participation (id, run_id, seat, name, role, joined_at, left_at) VALUES ('019cd12e-5300-7b43-af29-4e525a720009', '019cd12e-5300-771d-aad8-442ac3caeaf4', 1, '林晓', 'host', '2026-03-09 06:00:00+00', '2026-03-09 06:00:00+00');
INSERT INTO public.participation (id, run_id, seat, name, role, joined_at, left_at) VALUES ('019cd12e-5300-7a45-bda1-0b7a827dee9d', '019cd12e-5300-771d-aad8-442ac3caeaf4', 2, '周航', 'participant', '2026-03-09 06:00:00+00', '2026-03-09 06:00:00+00');
INSERT INTO public.participation (id, run_id, seat, name, role, joined_at, left_at) VALUES ('019cd165-4950-76ae-9738-4bf3d19e899f', '019cd165-4950-7ce7-aa62-30e88ecca78b', 1, 'Emma', 'host', '2026-03-09 07:00:02+00', NULL);
INSERT INTO public.participation (id, run_id, seat, name, role, joined_at, left_at) VALUES ('019cd165-4950-704f-9613-b0a212889d05', '019cd165-4950-7ce7-aa62-30e88ecca78b', 2, '周航', 'participant', '2026-03-09 07:00:02+00', NULL);
INSERT INTO public.participation (id, run_id, seat, name, role, joined_at, left_at) VALUES ('019cd165-4950-7ca7-83db-641d6d9c7ebb', '019cd165-4950-7ce7-aa62-30e88ecca78b', 3, '李雷', 'participant', '2026-03-09 07:00:02+00', '2026-03-09 07:00:02+00');

INSERT INTO public.policy_text (hash, kind, version, lang, body) VALUES ('46e9ad164e2daa6058785c472cb4f5bd606fb346eb67e1656f2a55897917086b', 'privacy', '1', 'zh', '{}');
INSERT INTO public.policy_text (hash, kind, version, lang, body) VALUES ('72b4e94552f8bb21e7b9d5e28f38fd0d5a6f6fd94ff5918b87119d04047c30a2', 'terms', '1', 'zh', '{}');
INSERT INTO public.policy_text (hash, kind, version, lang, body) VALUES ('3ee5505dc143e784fdc188435419bb8104eb000c8f7b30ed5c98b6a9aa278093', 'privacy', '1', 'en', '{}');
INSERT INTO public.policy_text (hash, kind, version, lang, body) VALUES ('9b3dfa280eb6cafb5f2a4aaa19d622d1954ea12543d88b76322035c2c3483f96', 'terms', '1', 'en', '{}');

INSERT INTO public.registration (credential_hash, phone, expires_at) VALUES ('\xebcf057d496a8e110fb1abd00bc30b6c3b70974d5948f57422835a773395ef3b', '+8613900000002', '2026-03-09 07:10:02+00');

INSERT INTO public.seat (run_id, number, kind, account_id, guest_id, name, role, space, media, ticket_hash, ticket_expires_at, resume_hash, former_resume_hash, last_seen_at, removed_at, ticket_name, ticket_role, ticket_space) VALUES ('019cd12e-5300-771d-aad8-442ac3caeaf4', 1, 'web', '019cd12e-5300-70a8-92f2-6491520f9a63', NULL, '林晓', 'host', 'main', 'b0mAK-a3vIRuKWY_YH33IWYkIbG7hk8lkloUkapj_Ks', NULL, NULL, '\xf4992285d510483d1ba9c9841e6aeaf580867d4760796333349645859db08ef8', NULL, '2026-03-09 06:00:00+00', NULL, NULL, NULL, NULL);
INSERT INTO public.seat (run_id, number, kind, account_id, guest_id, name, role, space, media, ticket_hash, ticket_expires_at, resume_hash, former_resume_hash, last_seen_at, removed_at, ticket_name, ticket_role, ticket_space) VALUES ('019cd12e-5300-771d-aad8-442ac3caeaf4', 2, 'web', NULL, 'e3412eb9-6f8b-406d-bc94-1a167391df94', '周航', 'participant', 'main', 'O_fMsHGvE4YEiDIXZdrqtZOy_7adL8ED0rGtuFAq61E', NULL, NULL, '\x052e82c397bafbf82716bf39917b810f409490b829dff0da5102cf1d2af7948f', NULL, '2026-03-09 06:00:00+00', NULL, NULL, NULL, NULL);
INSERT INTO public.seat (run_id, number, kind, account_id, guest_id, name, role, space, media, ticket_hash, ticket_expires_at, resume_hash, former_resume_hash, last_seen_at, removed_at, ticket_name, ticket_role, ticket_space) VALUES ('019cd165-4950-7ce7-aa62-30e88ecca78b', 1, 'web', '019cd12e-5300-7739-a662-24b45b726008', NULL, 'Emma', 'host', 'main', 'feU-miKKIO7x5yxMQ8iqnza1TlzEZs0kO_cGRvrtY_c', NULL, NULL, '\x4aac77149ce59f912bf761aec15fd1af2a068af78dc83bd645e3bca5a850dcdf', NULL, '2026-03-09 07:00:02+00', NULL, NULL, NULL, NULL);
INSERT INTO public.seat (run_id, number, kind, account_id, guest_id, name, role, space, media, ticket_hash, ticket_expires_at, resume_hash, former_resume_hash, last_seen_at, removed_at, ticket_name, ticket_role, ticket_space) VALUES ('019cd165-4950-7ce7-aa62-30e88ecca78b', 2, 'web', NULL, '7a6ec0a6-9381-46cf-846a-f7a7bfd510c3', '周航', 'participant', 'main', 'hgADIpxvrvJ3XvGlP7JM9cadOQmOBBa1OlCpgXGjBb4', NULL, NULL, '\x94ab4f98d6c43c8b8ef4f531c4857631e480aa4a5decdc4d896f4616a2d11fe0', NULL, '2026-03-09 07:00:02+00', NULL, NULL, NULL, NULL);
INSERT INTO public.seat (run_id, number, kind, account_id, guest_id, name, role, space, media, ticket_hash, ticket_expires_at, resume_hash, former_resume_hash, last_seen_at, removed_at, ticket_name, ticket_role, ticket_space) VALUES ('019cd165-4950-7ce7-aa62-30e88ecca78b', 3, 'web', NULL, '0cf879e4-5526-424a-8fe9-6974412f49fe', '李雷', 'participant', 'main', 'm5qt8le1-RVKdhL4rbVfamn_BbfZ6qfAyyMdleyRdCU', NULL, NULL, NULL, NULL, '2026-03-09 07:00:02+00', NULL, NULL, NULL, NULL);
INSERT INTO public.seat (run_id, number, kind, account_id, guest_id, name, role, space, media, ticket_hash, ticket_expires_at, resume_hash, former_resume_hash, last_seen_at, removed_at, ticket_name, ticket_role, ticket_space) VALUES ('019cd165-4950-7ce7-aa62-30e88ecca78b', 4, 'web', NULL, 'c75e1263-1d1e-4867-9c67-d5685b6d2870', '还没进来', 'participant', 'main', 'RoQWCl13aWzGK0G-cLF65zM73f0Hub1ZKOJ_dU3j2rE', '\x5aca938c1e9bff67b62f742b38b6b194dc79e4d13dd3261d472b504f8d5e232e', '2026-03-09 07:01:02+00', NULL, NULL, NULL, NULL, '还没进来', 'participant', 'main');

INSERT INTO public.seat_bar (run_id, seat, source) VALUES ('019cd165-4950-7ce7-aa62-30e88ecca78b', 2, 'microphone');

ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);

ALTER TABLE ONLY public.account
    ADD CONSTRAINT pk_account PRIMARY KEY (id);

ALTER TABLE ONLY public.consent
    ADD CONSTRAINT pk_consent PRIMARY KEY (id);

ALTER TABLE ONLY public.identity
    ADD CONSTRAINT pk_identity PRIMARY KEY (id);

ALTER TABLE ONLY public.installation
    ADD CONSTRAINT pk_installation PRIMARY KEY (id);

ALTER TABLE ONLY public.login_session
    ADD CONSTRAINT pk_login_session PRIMARY KEY (id);

ALTER TABLE ONLY public.meeting
    ADD CONSTRAINT pk_meeting PRIMARY KEY (id);

ALTER TABLE ONLY public.meeting_run
    ADD CONSTRAINT pk_meeting_run PRIMARY KEY (id);

ALTER TABLE ONLY public.one_time_code
    ADD CONSTRAINT pk_one_time_code PRIMARY KEY (id);

ALTER TABLE ONLY public.participation
    ADD CONSTRAINT pk_participation PRIMARY KEY (id);

ALTER TABLE ONLY public.policy_text
    ADD CONSTRAINT pk_policy_text PRIMARY KEY (hash);

ALTER TABLE ONLY public.registration
    ADD CONSTRAINT pk_registration PRIMARY KEY (credential_hash);

ALTER TABLE ONLY public.seat
    ADD CONSTRAINT pk_seat PRIMARY KEY (run_id, number);

ALTER TABLE ONLY public.seat_bar
    ADD CONSTRAINT pk_seat_bar PRIMARY KEY (run_id, seat, source);

ALTER TABLE ONLY public.account
    ADD CONSTRAINT uq_account_tenant UNIQUE (tenant);

ALTER TABLE ONLY public.login_session
    ADD CONSTRAINT uq_login_session_credential_hash UNIQUE (credential_hash);

ALTER TABLE ONLY public.meeting_run
    ADD CONSTRAINT uq_meeting_run_media_room UNIQUE (media_room);

ALTER TABLE ONLY public.seat
    ADD CONSTRAINT uq_seat_media UNIQUE (media);

ALTER TABLE ONLY public.seat
    ADD CONSTRAINT uq_seat_resume_hash UNIQUE (resume_hash);

ALTER TABLE ONLY public.seat
    ADD CONSTRAINT uq_seat_ticket_hash UNIQUE (ticket_hash);

CREATE INDEX ix_consent_account_id ON public.consent USING btree (account_id, kind, at);

CREATE INDEX ix_consent_guest_id ON public.consent USING btree (guest_id, run_id, kind, at);

CREATE INDEX ix_identity_account_id ON public.identity USING btree (account_id);

CREATE INDEX ix_login_session_account_id ON public.login_session USING btree (account_id);

CREATE INDEX ix_login_session_expires_at ON public.login_session USING btree (expires_at);

CREATE INDEX ix_meeting_creator_account_id ON public.meeting USING btree (creator_account_id);

CREATE INDEX ix_meeting_run_ended_at ON public.meeting_run USING btree (ended_at);

CREATE INDEX ix_meeting_run_host_account_id ON public.meeting_run USING btree (host_account_id);

CREATE INDEX ix_meeting_run_meeting_id ON public.meeting_run USING btree (meeting_id);

CREATE INDEX ix_meeting_run_number ON public.meeting_run USING btree (number);

CREATE INDEX ix_meeting_run_tenant ON public.meeting_run USING btree (tenant);

CREATE INDEX ix_meeting_tenant ON public.meeting USING btree (tenant);

CREATE INDEX ix_one_time_code_expires_at ON public.one_time_code USING btree (expires_at);

CREATE INDEX ix_one_time_code_issued_at ON public.one_time_code USING btree (issued_at);

CREATE INDEX ix_one_time_code_phone_lookup ON public.one_time_code USING btree (phone_lookup, issued_at);

CREATE INDEX ix_participation_run_seat ON public.participation USING btree (run_id, seat);

CREATE INDEX ix_registration_expires_at ON public.registration USING btree (expires_at);

CREATE INDEX ix_seat_account ON public.seat USING btree (account_id);

CREATE INDEX ix_seat_former_resume_hash ON public.seat USING btree (former_resume_hash);

CREATE INDEX ix_seat_guest ON public.seat USING btree (guest_id);

CREATE UNIQUE INDEX uq_identity_verified ON public.identity USING btree (kind, lookup) WHERE (verified_at IS NOT NULL);

CREATE UNIQUE INDEX uq_meeting_number_held ON public.meeting USING btree (number) WHERE (released_at IS NULL);

CREATE UNIQUE INDEX uq_one_time_code_good ON public.one_time_code USING btree (phone_lookup) WHERE (code_hash IS NOT NULL);

CREATE TRIGGER consent_append_only BEFORE UPDATE ON public.consent FOR EACH ROW EXECUTE FUNCTION public.consent_append_only();

CREATE TRIGGER consent_kept BEFORE DELETE ON public.consent FOR EACH ROW WHEN ((old.at > (now() - '3 years'::interval))) EXECUTE FUNCTION public.consent_append_only();

CREATE TRIGGER consent_not_truncated BEFORE TRUNCATE ON public.consent FOR EACH STATEMENT EXECUTE FUNCTION public.consent_append_only();

CREATE TRIGGER policy_text_append_only BEFORE UPDATE ON public.policy_text FOR EACH ROW EXECUTE FUNCTION public.consent_append_only();

CREATE TRIGGER policy_text_kept BEFORE DELETE ON public.policy_text FOR EACH ROW EXECUTE FUNCTION public.policy_text_kept();

CREATE TRIGGER policy_text_not_truncated BEFORE TRUNCATE ON public.policy_text FOR EACH STATEMENT EXECUTE FUNCTION public.consent_append_only();

ALTER TABLE ONLY public.identity
    ADD CONSTRAINT fk_identity_account_id_account FOREIGN KEY (account_id) REFERENCES public.account(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.login_session
    ADD CONSTRAINT fk_login_session_account_id_account FOREIGN KEY (account_id) REFERENCES public.account(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.meeting
    ADD CONSTRAINT fk_meeting_creator_account_id_account FOREIGN KEY (creator_account_id) REFERENCES public.account(id);

ALTER TABLE ONLY public.meeting_run
    ADD CONSTRAINT fk_meeting_run_host_account_id_account FOREIGN KEY (host_account_id) REFERENCES public.account(id);

ALTER TABLE ONLY public.meeting_run
    ADD CONSTRAINT fk_meeting_run_meeting_id_meeting FOREIGN KEY (meeting_id) REFERENCES public.meeting(id);

ALTER TABLE ONLY public.participation
    ADD CONSTRAINT fk_participation_run_id_seat FOREIGN KEY (run_id, seat) REFERENCES public.seat(run_id, number);

ALTER TABLE ONLY public.seat
    ADD CONSTRAINT fk_seat_account_id_account FOREIGN KEY (account_id) REFERENCES public.account(id);

ALTER TABLE ONLY public.seat_bar
    ADD CONSTRAINT fk_seat_bar_run_id_seat FOREIGN KEY (run_id, seat) REFERENCES public.seat(run_id, number);

ALTER TABLE ONLY public.seat
    ADD CONSTRAINT fk_seat_run_id_meeting_run FOREIGN KEY (run_id) REFERENCES public.meeting_run(id);

