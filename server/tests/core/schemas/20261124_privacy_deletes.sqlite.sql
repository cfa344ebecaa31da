-- A database as the first release left it, at revision 20261124_privacy_deletes: a few rows of every table.
-- The policies' texts are cut to {}. Nothing changes this file: databases like it are out there.
BEGIN TRANSACTION;
CREATE TABLE account (
	id CHAR(32) NOT NULL, 
	tenant VARCHAR(43) NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	locale VARCHAR(8) NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_account PRIMARY KEY (id), 
	CONSTRAINT uq_account_tenant UNIQUE (tenant)
);
INSERT INTO "account" VALUES('019cd12e53007ec19127e80e84d3d153','person:019cd12e-5300-7ec1-9127-e80e84d3d153','林晓','zh','active','2026-03-09 06:00:00.000000');
INSERT INTO "account" VALUES('019cd12e53007a3e94bd0f5fa30d99c2','person:019cd12e-5300-7a3e-94bd-0f5fa30d99c2','Emma','en','active','2026-03-09 06:00:00.000000');
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('20261124_privacy_deletes');
CREATE TABLE consent (
	id CHAR(32) NOT NULL, 
	account_id CHAR(32), 
	guest_id CHAR(32), 
	run_id CHAR(32), 
	kind VARCHAR(16) NOT NULL, 
	version VARCHAR(16) NOT NULL, 
	text_hash VARCHAR(64) NOT NULL, 
	lang VARCHAR(8) NOT NULL, 
	surface VARCHAR(32) NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_consent PRIMARY KEY (id), 
	CONSTRAINT ck_consent_one_subject CHECK ((account_id IS NULL) <> (guest_id IS NULL)), 
	CONSTRAINT ck_consent_guest_in_run CHECK (guest_id IS NULL OR run_id IS NOT NULL)
);
INSERT INTO "consent" VALUES('019cd12e53007f3287ccf7868354a940','019cd12e53007ec19127e80e84d3d153',NULL,NULL,'privacy','1','46e9ad164e2daa6058785c472cb4f5bd606fb346eb67e1656f2a55897917086b','zh','web_sign_up','given','2026-03-09 06:00:00.000000');
INSERT INTO "consent" VALUES('019cd12e530078c792ed7d848776bbd9','019cd12e53007ec19127e80e84d3d153',NULL,NULL,'terms','1','72b4e94552f8bb21e7b9d5e28f38fd0d5a6f6fd94ff5918b87119d04047c30a2','zh','web_sign_up','given','2026-03-09 06:00:00.000000');
INSERT INTO "consent" VALUES('019cd12e530079a985dbff291148bfcd','019cd12e53007a3e94bd0f5fa30d99c2',NULL,NULL,'privacy','1','3ee5505dc143e784fdc188435419bb8104eb000c8f7b30ed5c98b6a9aa278093','en','web_sign_up','given','2026-03-09 06:00:00.000000');
INSERT INTO "consent" VALUES('019cd12e53007ae999cb691a10cefd0c','019cd12e53007a3e94bd0f5fa30d99c2',NULL,NULL,'terms','1','9b3dfa280eb6cafb5f2a4aaa19d622d1954ea12543d88b76322035c2c3483f96','en','web_sign_up','given','2026-03-09 06:00:00.000000');
INSERT INTO "consent" VALUES('019cd12e53007170b9127374c31e9217',NULL,'ca875549b11443b6bff3ba36d5d5b411','019cd12e53007f84a7fecbd044afc510','privacy','1','46e9ad164e2daa6058785c472cb4f5bd606fb346eb67e1656f2a55897917086b','zh','web_join','given','2026-03-09 06:00:00.000000');
INSERT INTO "consent" VALUES('019cd12e5300713cb5924fcaea242fc3',NULL,'ca875549b11443b6bff3ba36d5d5b411','019cd12e53007f84a7fecbd044afc510','terms','1','72b4e94552f8bb21e7b9d5e28f38fd0d5a6f6fd94ff5918b87119d04047c30a2','zh','web_join','given','2026-03-09 06:00:00.000000');
INSERT INTO "consent" VALUES('019cd16549507a4baa23aaa67f558391',NULL,'bf512b111e1d4552bd9ddb5aa163fc21','019cd16549507d6693fe705b9b8321b2','privacy','1','46e9ad164e2daa6058785c472cb4f5bd606fb346eb67e1656f2a55897917086b','zh','web_join','given','2026-03-09 07:00:02.000000');
INSERT INTO "consent" VALUES('019cd16549507ef3923fc41d03d55bc4',NULL,'bf512b111e1d4552bd9ddb5aa163fc21','019cd16549507d6693fe705b9b8321b2','terms','1','72b4e94552f8bb21e7b9d5e28f38fd0d5a6f6fd94ff5918b87119d04047c30a2','zh','web_join','given','2026-03-09 07:00:02.000000');
INSERT INTO "consent" VALUES('019cd16549507293b4a08d6b054e83ae',NULL,'10404d0bbacd4922aa6862420c84946e','019cd16549507d6693fe705b9b8321b2','privacy','1','46e9ad164e2daa6058785c472cb4f5bd606fb346eb67e1656f2a55897917086b','zh','web_join','given','2026-03-09 07:00:02.000000');
INSERT INTO "consent" VALUES('019cd165495073acaf457f4174854bfa',NULL,'10404d0bbacd4922aa6862420c84946e','019cd16549507d6693fe705b9b8321b2','terms','1','72b4e94552f8bb21e7b9d5e28f38fd0d5a6f6fd94ff5918b87119d04047c30a2','zh','web_join','given','2026-03-09 07:00:02.000000');
INSERT INTO "consent" VALUES('019cd16549507c6aa6fb07d9bc811e70',NULL,'2eb19a2800444834aaf4c062134dc62c','019cd16549507d6693fe705b9b8321b2','privacy','1','46e9ad164e2daa6058785c472cb4f5bd606fb346eb67e1656f2a55897917086b','zh','web_join','given','2026-03-09 07:00:02.000000');
INSERT INTO "consent" VALUES('019cd16549507304bd88b7d77b206ccd',NULL,'2eb19a2800444834aaf4c062134dc62c','019cd16549507d6693fe705b9b8321b2','terms','1','72b4e94552f8bb21e7b9d5e28f38fd0d5a6f6fd94ff5918b87119d04047c30a2','zh','web_join','given','2026-03-09 07:00:02.000000');
CREATE TABLE identity (
	id CHAR(32) NOT NULL, 
	account_id CHAR(32) NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	lookup BLOB NOT NULL, 
	phone VARCHAR(20), 
	email VARCHAR(254), 
	created_at DATETIME NOT NULL, 
	verified_at DATETIME, 
	CONSTRAINT pk_identity PRIMARY KEY (id), 
	CONSTRAINT ck_identity_email_of_its_kind CHECK ((kind = 'email') = (email IS NOT NULL)), 
	CONSTRAINT ck_identity_phone_of_its_kind CHECK ((kind = 'phone') = (phone IS NOT NULL)), 
	CONSTRAINT fk_identity_account_id_account FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE
);
INSERT INTO "identity" VALUES('019cd12e530073dfb9f529aa3ab71071','019cd12e53007ec19127e80e84d3d153','phone',X'21BB31615650CE99DA2CBA97016CBF8A29C2B30916B7F716FED020F66A5C051F','+8613800000001',NULL,'2026-03-09 06:00:00.000000','2026-03-09 06:00:00.000000');
INSERT INTO "identity" VALUES('019cd12e53007c8298883251e4009a7f','019cd12e53007ec19127e80e84d3d153','email',X'0DCBF54114B9172B45E999803CB2283EE293A0EA69AA6A7E5F9E71A526C01325',NULL,'user1@example.com','2026-03-09 06:00:00.000000',NULL);
INSERT INTO "identity" VALUES('019cd12e53007738a546c71be67c05cd','019cd12e53007a3e94bd0f5fa30d99c2','phone',X'63101F68035B9691CF0A92522C00FA2ED90BDF1A1975084A062039E8D125C413','+8613800000002',NULL,'2026-03-09 06:00:00.000000','2026-03-09 06:00:00.000000');
INSERT INTO "identity" VALUES('019cd12e53007a569390f9bece11d402','019cd12e53007a3e94bd0f5fa30d99c2','email',X'69B990A7864E91979EBFCD488C8535D3B66BB7A6BAAC26BD90D5FFDC45F1B5B8',NULL,'user2@example.com','2026-03-09 06:00:00.000000',NULL);
CREATE TABLE installation (
	id INTEGER NOT NULL, 
	key_check BLOB NOT NULL, 
	CONSTRAINT pk_installation PRIMARY KEY (id), 
	CONSTRAINT ck_installation_one_row CHECK (id = 1)
);
INSERT INTO "installation" VALUES(1,X'72C2FB734513FB5CED208E1280C3571037981D765C2DC975E78805E282BDCDF6');
CREATE TABLE login_session (
	id CHAR(32) NOT NULL, 
	account_id CHAR(32) NOT NULL, 
	credential_hash BLOB NOT NULL, 
	created_at DATETIME NOT NULL, 
	seen_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	CONSTRAINT pk_login_session PRIMARY KEY (id), 
	CONSTRAINT fk_login_session_account_id_account FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE, 
	CONSTRAINT uq_login_session_credential_hash UNIQUE (credential_hash)
);
INSERT INTO "login_session" VALUES('019cd12e5300750e8f7476c78490b931','019cd12e53007ec19127e80e84d3d153',X'3088CDC1E662F58C8FC0012B8181F65232C6B95BC4A88D13BD378B4C18B080AC','2026-03-09 06:00:00.000000','2026-03-09 06:00:00.000000','2026-04-08 06:00:00.000000');
INSERT INTO "login_session" VALUES('019cd12e53007803ac5154135f3d691f','019cd12e53007a3e94bd0f5fa30d99c2',X'F3EF328D28E096E2156E5FEE7734C1F067B892BB644C8284130766653A53C2A1','2026-03-09 06:00:00.000000','2026-03-09 07:00:02.000000','2026-04-08 06:00:00.000000');
CREATE TABLE meeting (
	id CHAR(32) NOT NULL, 
	number VARCHAR(11) NOT NULL, 
	creator_account_id CHAR(32), 
	tenant VARCHAR(43) NOT NULL, 
	kind VARCHAR(12) NOT NULL, 
	topic VARCHAR(100) NOT NULL, 
	passcode VARCHAR(6), 
	host_key_hash BLOB, 
	host_key_used_at DATETIME, 
	host_key_seat INTEGER, 
	created_at DATETIME NOT NULL, 
	released_at DATETIME, 
	CONSTRAINT pk_meeting PRIMARY KEY (id), 
	CONSTRAINT fk_meeting_creator_account_id_account FOREIGN KEY(creator_account_id) REFERENCES account (id)
);
INSERT INTO "meeting" VALUES('019cd12e53007d54b940a3123a461b8d','927437431','019cd12e53007ec19127e80e84d3d153','person:019cd12e-5300-7ec1-9127-e80e84d3d153','instant','上周的会',NULL,NULL,NULL,NULL,'2026-03-09 06:00:00.000000','2026-03-09 06:00:00.000000');
INSERT INTO "meeting" VALUES('019cd1654950793b8b3f7dd6cbdd65e2','829463396','019cd12e53007a3e94bd0f5fa30d99c2','person:019cd12e-5300-7a3e-94bd-0f5fa30d99c2','instant','Weekly','283535',NULL,NULL,NULL,'2026-03-09 07:00:02.000000',NULL);
CREATE TABLE meeting_run (
	id CHAR(32) NOT NULL, 
	meeting_id CHAR(32) NOT NULL, 
	tenant VARCHAR(43) NOT NULL, 
	number VARCHAR(11) NOT NULL, 
	topic VARCHAR(100) NOT NULL, 
	host_account_id CHAR(32), 
	created_at DATETIME NOT NULL, 
	started_at DATETIME, 
	ended_at DATETIME, 
	end_reason VARCHAR(20), 
	term INTEGER NOT NULL, 
	media_room VARCHAR(43) NOT NULL, 
	CONSTRAINT pk_meeting_run PRIMARY KEY (id), 
	CONSTRAINT fk_meeting_run_host_account_id_account FOREIGN KEY(host_account_id) REFERENCES account (id), 
	CONSTRAINT fk_meeting_run_meeting_id_meeting FOREIGN KEY(meeting_id) REFERENCES meeting (id), 
	CONSTRAINT uq_meeting_run_media_room UNIQUE (media_room)
);
INSERT INTO "meeting_run" VALUES('019cd12e53007f84a7fecbd044afc510','019cd12e53007d54b940a3123a461b8d','person:019cd12e-5300-7ec1-9127-e80e84d3d153','927437431','上周的会','019cd12e53007ec19127e80e84d3d153','2026-03-09 06:00:00.000000','2026-03-09 06:00:00.000000','2026-03-09 06:00:00.000000','host',1,'poxpKcdcZxx_PdVcTXMs3W-3Xu1SkfMCHXOQwVpQutg');
INSERT INTO "meeting_run" VALUES('019cd16549507d6693fe705b9b8321b2','019cd1654950793b8b3f7dd6cbdd65e2','person:019cd12e-5300-7a3e-94bd-0f5fa30d99c2','829463396','Weekly','019cd12e53007a3e94bd0f5fa30d99c2','2026-03-09 07:00:02.000000','2026-03-09 07:00:02.000000',NULL,NULL,1,'tHwT6Fq7v1xrbwr3zL5_CaQpGOzf2K45UUT7N_zirR8');
CREATE TABLE one_time_code (
	id CHAR(32) NOT NULL, 
	phone_lookup BLOB NOT NULL, 
	code_hash BLOB, 
	tries INTEGER NOT NULL, 
	issued_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	consent_privacy VARCHAR(16) NOT NULL, 
	consent_terms VARCHAR(16) NOT NULL, 
	consent_lang VARCHAR(8) NOT NULL, 
	CONSTRAINT pk_one_time_code PRIMARY KEY (id)
);
INSERT INTO "one_time_code" VALUES('019cd12e53007b03968126845a05a4dc',X'21BB31615650CE99DA2CBA97016CBF8A29C2B30916B7F716FED020F66A5C051F',NULL,1,'2026-03-09 06:00:00.000000','2026-03-09 06:05:00.000000','1','1','zh');
INSERT INTO "one_time_code" VALUES('019cd12e53007705ac437fbc338643bf',X'63101F68035B9691CF0A92522C00FA2ED90BDF1A1975084A062039E8D125C413',NULL,1,'2026-03-09 06:00:00.000000','2026-03-09 06:05:00.000000','1','1','zh');
INSERT INTO "one_time_code" VALUES('019cd16549507e9c80e1b7958a6d8869',X'84C87D09D70EDA93DD810E8BE96EC60970D624473DF1B8B363404F4E4C0067D5',X'59EF26EB9B4645CAC58CB1900D1CF4C8A2F174D7A202DBBB2C1AF52823A12B38',0,'2026-03-09 07:00:02.000000','2026-03-09 07:05:02.000000','1','1','zh');
INSERT INTO "one_time_code" VALUES('019cd165495074a6a7a863f6878267e8',X'C70B49EEC294D5A4BBA0287A5B780546A426FE8FCE705232AFE6DFB38D03655E',NULL,1,'2026-03-09 07:00:02.000000','2026-03-09 07:05:02.000000','1','1','zh');
CREATE TABLE participation (
	id CHAR(32) NOT NULL, 
	run_id CHAR(32) NOT NULL, 
	seat INTEGER NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	role VARCHAR(12) NOT NULL, 
	joined_at DATETIME NOT NULL, 
	left_at DATETIME, 
	CONSTRAINT pk_participation PRIMARY KEY (id), 
	CONSTRAINT fk_participation_run_id_seat FOREIGN KEY(run_id, seat) REFERENCES seat (run_id, number)
);
INSERT INTO "participation" VALUES('019cd12e530079fcb7a6bd2f72d3f392','019cd12e53007f84a7fecbd044afc510',1,'林晓','host','2026-03-09 06:00:00.000000','2026-03-09 06:00:00.000000');
INSERT INTO "participation" VALUES('019cd12e53007780b1055760eab02066','019cd12e53007f84a7fecbd044afc510',2,'周航','participant','2026-03-09 06:00:00.000000','2026-03-09 06:00:00.000000');
INSERT INTO "participation" VALUES('019cd16549507c629fc6240d201119ee','019cd16549507d6693fe705b9b8321b2',1,'Emma','host','2026-03-09 07:00:02.000000',NULL);
INSERT INTO "participation" VALUES('019cd16549507e15acdc6905c9910531','019cd16549507d6693fe705b9b8321b2',2,'周航','participant','2026-03-09 07:00:02.000000',NULL);
INSERT INTO "participation" VALUES('019cd1654950787b869815f6184800b3','019cd16549507d6693fe705b9b8321b2',3,'李雷','participant','2026-03-09 07:00:02.000000','2026-03-09 07:00:02.000000');
CREATE TABLE policy_text (
	hash VARCHAR(64) NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	version VARCHAR(16) NOT NULL, 
	lang VARCHAR(8) NOT NULL, 
	body TEXT NOT NULL, 
	CONSTRAINT pk_policy_text PRIMARY KEY (hash)
);
INSERT INTO "policy_text" VALUES('46e9ad164e2daa6058785c472cb4f5bd606fb346eb67e1656f2a55897917086b','privacy','1','zh','{}');
INSERT INTO "policy_text" VALUES('72b4e94552f8bb21e7b9d5e28f38fd0d5a6f6fd94ff5918b87119d04047c30a2','terms','1','zh','{}');
INSERT INTO "policy_text" VALUES('3ee5505dc143e784fdc188435419bb8104eb000c8f7b30ed5c98b6a9aa278093','privacy','1','en','{}');
INSERT INTO "policy_text" VALUES('9b3dfa280eb6cafb5f2a4aaa19d622d1954ea12543d88b76322035c2c3483f96','terms','1','en','{}');
CREATE TABLE registration (
	credential_hash BLOB NOT NULL, 
	phone VARCHAR(20) NOT NULL, 
	expires_at DATETIME NOT NULL, 
	CONSTRAINT pk_registration PRIMARY KEY (credential_hash)
);
INSERT INTO "registration" VALUES(X'63699AE641F4F50CD9F68528C0071CC4D99A27BF4E9888DCD05998045A34B679','+8613900000002','2026-03-09 07:10:02.000000');
CREATE TABLE seat (
	run_id CHAR(32) NOT NULL, 
	number INTEGER NOT NULL, 
	kind VARCHAR(10) NOT NULL, 
	account_id CHAR(32), 
	guest_id CHAR(32), 
	name VARCHAR(64) NOT NULL, 
	role VARCHAR(12) NOT NULL, 
	space VARCHAR(20) NOT NULL, 
	media VARCHAR(43) NOT NULL, 
	ticket_hash BLOB, 
	ticket_expires_at DATETIME, 
	resume_hash BLOB, 
	former_resume_hash BLOB, 
	last_seen_at DATETIME, 
	removed_at DATETIME, ticket_name VARCHAR(64), ticket_role VARCHAR(12), ticket_space VARCHAR(20), 
	CONSTRAINT pk_seat PRIMARY KEY (run_id, number), 
	CONSTRAINT fk_seat_account_id_account FOREIGN KEY(account_id) REFERENCES account (id), 
	CONSTRAINT fk_seat_run_id_meeting_run FOREIGN KEY(run_id) REFERENCES meeting_run (id), 
	CONSTRAINT uq_seat_media UNIQUE (media), 
	CONSTRAINT uq_seat_resume_hash UNIQUE (resume_hash), 
	CONSTRAINT uq_seat_ticket_hash UNIQUE (ticket_hash)
);
INSERT INTO "seat" VALUES('019cd12e53007f84a7fecbd044afc510',1,'web','019cd12e53007ec19127e80e84d3d153',NULL,'林晓','host','main','Oq-aWdMiKcVi3Bk4_e7ibP2dwDvPrcY5b-oSucFfLj4',NULL,NULL,X'F84B9123A55C353C4709D5676AABB199CC3C4481520CFFCD4C2ECF6970CA36D7',NULL,'2026-03-09 06:00:00.000000',NULL,NULL,NULL,NULL);
INSERT INTO "seat" VALUES('019cd12e53007f84a7fecbd044afc510',2,'web',NULL,'ca875549b11443b6bff3ba36d5d5b411','周航','participant','main','WOmmeojb4j8_Dyhikezeka6RqtzujtvbEO-2VTo0NWs',NULL,NULL,X'8D5988C022FB66B550986FE2D722C1BC2D1B534FA069555452D7207A39D670A5',NULL,'2026-03-09 06:00:00.000000',NULL,NULL,NULL,NULL);
INSERT INTO "seat" VALUES('019cd16549507d6693fe705b9b8321b2',1,'web','019cd12e53007a3e94bd0f5fa30d99c2',NULL,'Emma','host','main','6t0LQsaATqzzSKsooN20viLV6S28y1oJZwdeLzijctE',NULL,NULL,X'E08253B66AA44C40946B5A07DAF21B837073A8D57C9E0B5F33508B239FB86966',NULL,'2026-03-09 07:00:02.000000',NULL,NULL,NULL,NULL);
INSERT INTO "seat" VALUES('019cd16549507d6693fe705b9b8321b2',2,'web',NULL,'bf512b111e1d4552bd9ddb5aa163fc21','周航','participant','main','c-MBLuCEj_Wxi91D2V0PmWKhE7WS-BophYyuIvwC9WM',NULL,NULL,X'337D1BA73B16385A759BFC2E1B7901B133ABF429143579060200AA5511399571',NULL,'2026-03-09 07:00:02.000000',NULL,NULL,NULL,NULL);
INSERT INTO "seat" VALUES('019cd16549507d6693fe705b9b8321b2',3,'web',NULL,'10404d0bbacd4922aa6862420c84946e','李雷','participant','main','uxuvoHW9dg0nRNs-6I79Tdh8UfkaALZ_dog9Ax1090M',NULL,NULL,NULL,NULL,'2026-03-09 07:00:02.000000',NULL,NULL,NULL,NULL);
INSERT INTO "seat" VALUES('019cd16549507d6693fe705b9b8321b2',4,'web',NULL,'2eb19a2800444834aaf4c062134dc62c','还没进来','participant','main','UP4e9G4aM8FzP0HLFl6MUznCGFkuYb78_KXBOZ3hMgk',X'DDF4674C0FC7323D43C0F67DDA4DFAB67486043E6182F4C9347AAA6105F9AC44','2026-03-09 07:01:02.000000',NULL,NULL,NULL,NULL,'还没进来','participant','main');
CREATE TABLE seat_bar (
	run_id CHAR(32) NOT NULL, 
	seat INTEGER NOT NULL, 
	source VARCHAR(20) NOT NULL, 
	CONSTRAINT pk_seat_bar PRIMARY KEY (run_id, seat, source), 
	CONSTRAINT fk_seat_bar_run_id_seat FOREIGN KEY(run_id, seat) REFERENCES seat (run_id, number)
);
INSERT INTO "seat_bar" VALUES('019cd16549507d6693fe705b9b8321b2',2,'microphone');
CREATE INDEX ix_consent_account_id ON consent (account_id, kind, at);
CREATE INDEX ix_consent_guest_id ON consent (guest_id, run_id, kind, at);
CREATE TRIGGER consent_append_only BEFORE UPDATE ON consent
        BEGIN SELECT RAISE(ABORT, 'the consent ledger is append-only'); END;
CREATE INDEX ix_one_time_code_expires_at ON one_time_code (expires_at);
CREATE INDEX ix_one_time_code_issued_at ON one_time_code (issued_at);
CREATE INDEX ix_one_time_code_phone_lookup ON one_time_code (phone_lookup, issued_at);
CREATE UNIQUE INDEX uq_one_time_code_good ON one_time_code (phone_lookup) WHERE code_hash IS NOT NULL;
CREATE INDEX ix_registration_expires_at ON registration (expires_at);
CREATE INDEX ix_identity_account_id ON identity (account_id);
CREATE UNIQUE INDEX uq_identity_verified ON identity (kind, lookup) WHERE verified_at IS NOT NULL;
CREATE INDEX ix_login_session_account_id ON login_session (account_id);
CREATE INDEX ix_login_session_expires_at ON login_session (expires_at);
CREATE INDEX ix_meeting_creator_account_id ON meeting (creator_account_id);
CREATE INDEX ix_meeting_tenant ON meeting (tenant);
CREATE UNIQUE INDEX uq_meeting_number_held ON meeting (number) WHERE released_at IS NULL;
CREATE INDEX ix_meeting_run_ended_at ON meeting_run (ended_at);
CREATE INDEX ix_meeting_run_host_account_id ON meeting_run (host_account_id);
CREATE INDEX ix_meeting_run_meeting_id ON meeting_run (meeting_id);
CREATE INDEX ix_meeting_run_number ON meeting_run (number);
CREATE INDEX ix_meeting_run_tenant ON meeting_run (tenant);
CREATE INDEX ix_seat_account ON seat (account_id);
CREATE INDEX ix_seat_former_resume_hash ON seat (former_resume_hash);
CREATE INDEX ix_seat_guest ON seat (guest_id);
CREATE INDEX ix_participation_run_seat ON participation (run_id, seat);
CREATE TRIGGER consent_kept BEFORE DELETE ON consent WHEN OLD.at > datetime('now', '-3 years')
        BEGIN SELECT RAISE(ABORT, 'the consent ledger is append-only'); END;
CREATE TRIGGER policy_text_append_only BEFORE UPDATE ON policy_text
        BEGIN SELECT RAISE(ABORT, 'the consent ledger is append-only'); END;
CREATE TRIGGER policy_text_kept BEFORE DELETE ON policy_text
        WHEN EXISTS (SELECT 1 FROM consent WHERE text_hash = OLD.hash)
        BEGIN SELECT RAISE(ABORT, 'the consent ledger is append-only'); END;
COMMIT;
