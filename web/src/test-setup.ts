import { i18n } from '@lingui/core';

// Source strings are the messages; an empty catalogue makes Lingui use them.
i18n.loadAndActivate({ locale: 'en', messages: {} });
